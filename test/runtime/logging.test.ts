import { describe, expect, it } from 'vitest';
import { defineRun, type Logger, RunchartError, type RuntimeSignal } from '../../src/index.ts';
import { logLine } from '../../src/log-lines.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { crashableStores, faultyStores } from '../../src/testing/index.ts';
import { eventually, open } from '../support/runtime/helpers.ts';

const SECRET = 'correct-horse-battery';

function keeper() {
  const lines: { level: string; event: string; text: string }[] = [];
  const keep: (level: string) => Logger['info'] = (level) => (fields, message) =>
    void lines.push({ level, event: fields.event, text: JSON.stringify([fields, message]) });
  const logger: Logger = { info: keep('info'), warn: keep('warn'), error: keep('error') };
  return { lines, logger };
}

const job = (hangs: boolean) =>
  defineRun({
    name: 'job',
    execute: async ({ step }) => {
      await step(SECRET, () => (hangs ? new Promise<string>(() => {}) : SECRET));
      throw new Error(SECRET);
    },
  });

describe('the log of a runtime', () => {
  it('tells what became of a run whose owner died, and nothing of what is in it', async () => {
    const stores = memory();
    const dying = crashableStores(stores);
    const first = await open({ stores: dying.stores, definitions: [job(true)] });
    const run = await first.start('job', { prompt: SECRET, input: SECRET });
    await eventually(async () => (await run.snapshot()).eventCount >= 4);
    await dying.crash();
    const { lines, logger } = keeper();
    const hooks = {
      onTerminal: () => {
        throw new Error(SECRET);
      },
    };
    const options = { stores, logger, hooks, onError: () => {}, slowAppendMs: 0 };
    const second = await open({ ...options, definitions: [job(false)] });
    await expect((await second.get(run.id)).result()).rejects.toThrow(SECRET);
    await second.close();
    const events = lines.map(({ level, event }) => `${level} ${event}`);
    expect(events).toEqual(
      expect.arrayContaining([
        'info runtime.opened',
        'warn run.recovered',
        'warn append.slow',
        'error fault',
        'info runtime.closed',
      ]),
    );
    expect(lines.map(({ text }) => text).join('\n')).not.toContain(SECRET);
  });

  it('tells of an append that fails without what the store says of it, unless it says a code', async () => {
    const faulty = faultyStores(memory());
    const { lines, logger } = keeper();
    await using runtime = await open({ stores: faulty.stores, logger });
    const run = await runtime.open();
    faulty.arm(1, 'once', ({ method }) => method === 'events.append');
    await expect(run.record({ type: 'log', level: 'info', message: SECRET })).rejects.toThrow();
    faulty.disarm();
    expect(lines.map(({ event }) => event)).toEqual(['runtime.opened', 'append.failed']);
    expect(lines.at(-1)?.text).toContain('"code":"UNKNOWN"');
  });

  it('fails nothing when the logger throws', async () => {
    const faults: unknown[] = [];
    const broken = (): never => {
      throw new Error('disk full');
    };
    const logger = { info: broken, warn: broken, error: broken };
    await using runtime = await open({ logger, onError: (error) => void faults.push(error) });
    expect((await (await runtime.open()).complete('x')).outcome).toBe('completed');
    expect(faults.map(String)).toEqual(['Error: disk full']);
  });
});

const atMs = 0;
const appended = { commits: 2, events: 3, bytes: 40, stored: 2, repeated: 0, refused: 0 };
const line = (signal: RuntimeSignal) => logLine(signal, { slowAppendMs: 100 });

describe('a line', () => {
  it('is told of an append from the threshold on, and of none that is quicker', () => {
    const append = { type: 'append', atMs, ...appended } as const;
    expect(line({ ...append, durationMs: 99.9 })).toBe(undefined);
    expect(line({ ...append, durationMs: 100 })).toEqual({
      level: 'warn',
      fields: {
        event: 'append.slow',
        commits: 2,
        events: 3,
        bytes: 40,
        durationMs: 100,
        slowAppendMs: 100,
      },
      message: 'An append of 3 events took 100 ms.',
    });
  });

  it('has a name of its own for a store that is full', () => {
    const error = { code: 'STORE_FULL', message: 'No space is left.' };
    const told = line({ type: 'append', atMs, ...appended, durationMs: 1, error });
    expect(told).toMatchObject({ level: 'error', fields: { event: 'store.full' } });
    expect(told?.message).toBe('The store is full: No space is left.');
  });

  it('says why a run is left alone, who lost one, and who ended one', () => {
    const runId = 'r';
    const left = line({ type: 'run.left', atMs, runId, owner: null, why: 'no code' });
    expect(left).toMatchObject({ level: 'warn', fields: { event: 'run.left', why: 'no code' } });
    expect(line({ type: 'run.fenced', atMs, runId, epoch: 1, newEpoch: 2 })).toMatchObject({
      fields: { event: 'run.fenced', epoch: 1, newEpoch: 2 },
    });
    expect(line({ type: 'run.abandoned', atMs, runId, fromOwner: 'o' })).toMatchObject({
      fields: { event: 'run.abandoned', fromOwner: 'o' },
    });
  });

  it('is told of a run that crashed too often, once', () => {
    const error = { name: 'RunchartError', message: SECRET, code: 'ATTEMPTS_EXHAUSTED' };
    const snapshot = { runId: 'r', definition: 'job', attempt: 11, status: 'failed', error };
    const signal = { type: 'run.stored', atMs, snapshot, events: [] };
    const told = line({ ...signal, before: 'executing' } as unknown as RuntimeSignal);
    expect(told).toMatchObject({ level: 'error', fields: { event: 'attempts.exhausted' } });
    expect(JSON.stringify(told)).not.toContain(SECRET);
    expect(line({ ...signal, before: 'failed' } as unknown as RuntimeSignal)).toBe(undefined);
  });

  it('has the whole text of a fault of the store, and of others the code', () => {
    const full = new RunchartError('STORE_FULL', 'The disk is full.');
    expect(line({ type: 'fault', atMs, error: full })?.message).toBe('The disk is full.');
    const child = new RunchartError('CHILD_FAILED', SECRET);
    expect(line({ type: 'fault', atMs, error: child })?.message).toContain('CHILD_FAILED');
    for (const error of [child, new Error(SECRET), SECRET, { SECRET }]) {
      expect(JSON.stringify(line({ type: 'fault', atMs, error }))).not.toContain(SECRET);
    }
  });

  it('is told of no attempt that begins as it should', () => {
    const about = { runId: 'r', definition: 'd', attempt: 1, epoch: 1, fromOwner: null };
    for (const cause of ['new', 'woken'] as const) {
      expect(line({ type: 'attempt.begun', atMs, ...about, cause })).toBe(undefined);
    }
    const released = line({ type: 'attempt.begun', atMs, ...about, cause: 'released' });
    expect(released).toMatchObject({ level: 'info', fields: { event: 'run.recovered' } });
  });
});
