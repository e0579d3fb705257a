import { describe, expect, it } from 'vitest';
import { createRuntime, defineRun, type RuntimeSignal } from '../../src/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { crashableStores, faultyStores } from '../../src/testing/index.ts';
import { eventually, open } from '../support/runtime/helpers.ts';

type Of<T extends RuntimeSignal['type']> = Extract<RuntimeSignal, { readonly type: T }>;

/** An observer that keeps what it hears. */
function listener() {
  const heard: RuntimeSignal[] = [];
  return {
    observe: (signal: RuntimeSignal) => void heard.push(signal),
    of: <T extends RuntimeSignal['type']>(type: T) =>
      heard.filter((signal): signal is Of<T> => signal.type === type),
    types: () => heard.map(({ type }) => type),
  };
}

const job = (hangs = false) =>
  defineRun<undefined, undefined, string>({
    name: 'job',
    execute: async ({ step, attempt }) => {
      await step('work', async () => {
        if (hangs) await new Promise(() => {});
      });
      return `attempt ${attempt}`;
    },
  });

describe('an observer', () => {
  it('hears of a runtime that opens, drains and closes, in this order', async () => {
    const { observe, of, types } = listener();
    const runtime = await open({ observe, clock: () => 5_000 });
    await runtime.drain();
    await runtime.close();
    expect(types()).toEqual(['runtime.opened', 'runtime.draining', 'runtime.closed']);
    expect(of('runtime.opened')[0]).toMatchObject({ atMs: 5_000, location: 'memory' });
    expect(of('runtime.closed')[0]).toMatchObject({ driven: 0 });
  });

  it('hears of each event that is stored here once, in order, with the status before and after', async () => {
    const { observe, of } = listener();
    await using runtime = await open({ observe, definitions: [job()] });
    const run = await runtime.start('job');
    await run.result();
    const stored = of('run.stored').filter(({ snapshot }) => snapshot.runId === run.id);
    const seqs = stored.flatMap(({ events }) => events.map(({ seq }) => seq));
    expect(seqs).toEqual(seqs.map((_, i) => i + 1));
    expect(stored[0]).toMatchObject({ before: null, snapshot: { status: 'created' } });
    expect(stored.at(-1)).toMatchObject({ before: 'executing', snapshot: { status: 'completed' } });
    expect(of('attempt.begun')).toMatchObject([{ cause: 'new', attempt: 1, definition: 'job' }]);
  });

  it('hears what each durable write held, how long it took, and what it came to', async () => {
    const { observe, of } = listener();
    await using runtime = await open({ observe });
    const run = await runtime.open({ prompt: 'a' });
    await run.record({ type: 'run.started' });
    const appends = of('append');
    expect(appends).toHaveLength(2);
    for (const append of appends) {
      expect(append).toMatchObject({ commits: 1, events: 1, stored: 1, repeated: 0, refused: 0 });
      expect(append.durationMs).toBeGreaterThanOrEqual(0);
      expect(append.bytes).toBeGreaterThan(10);
      expect(append).not.toHaveProperty('error');
    }
  });

  it('hears of a write that failed, by its code', async () => {
    const faulty = faultyStores(memory());
    const { observe, of } = listener();
    await using runtime = await open({ observe, stores: faulty.stores });
    const run = await runtime.open();
    faulty.arm(1, 'once', ({ method }) => method === 'events.append');
    await expect(run.record({ type: 'log' })).rejects.toMatchObject({ code: 'APPEND_FAILED' });
    faulty.disarm();
    expect(of('append').at(-1)).toMatchObject({ stored: 0, error: { code: 'UNKNOWN' } });
  });

  it('hears who drove a run before that is gone on with', async () => {
    const stores = memory();
    const dying = crashableStores(stores);
    const first = await open({ stores: dying.stores, definitions: [job(true)] });
    const run = await first.start('job');
    await eventually(async () => (await run.snapshot()).eventCount >= 4);
    const owner = (await first.stats()).ownerId;
    await dying.crash();
    const { observe, of } = listener();
    await using second = await open({ stores, observe, definitions: [job()] });
    expect(await (await second.get(run.id)).result()).toBe('attempt 2');
    expect(of('attempt.begun')).toMatchObject([
      { runId: run.id, cause: 'crashed', fromOwner: owner, attempt: 2, epoch: 2 },
    ]);
    expect(of('recovery.swept').length).toBeGreaterThan(0);
    expect((await second.stats()).recovery.recovered).toBe(1);
  });

  it('hears once why a run is left alone, and of one that is ended instead of gone on with', async () => {
    const stores = memory();
    const dying = crashableStores(stores);
    const other = defineRun({ name: 'other', execute: () => new Promise(() => {}) });
    const first = await open({ stores: dying.stores, definitions: [job(true), other] });
    const [left, failed] = [await first.start('other'), await first.start('job')];
    await eventually(async () => (await failed.snapshot()).attempt === 1);
    await dying.crash();
    const { observe, of } = listener();
    await using second = await open({ stores, observe, definitions: [job()], recovery: 'fail' });
    await expect((await second.get(failed.id)).result()).rejects.toMatchObject({
      code: 'RUN_FAILED',
    });
    await eventually(() => of('run.left').length > 0);
    expect(of('run.left')).toMatchObject([
      { runId: left.id, why: 'its definition "other" is not registered' },
    ]);
    expect(of('run.abandoned')).toMatchObject([{ runId: failed.id }]);
  });

  it('hears of a run that is taken over by somebody else', async () => {
    const { observe, of } = listener();
    const runtime = await open({ observe, definitions: [job(true)] });
    const run = await runtime.start('job');
    await eventually(async () => (await run.snapshot()).eventCount >= 4);
    await runtime.claim(run.id);
    await runtime.close({ graceMs: 10 });
    expect(of('run.fenced')).toMatchObject([{ runId: run.id, epoch: 1, newEpoch: 2 }]);
  });

  it('that throws harms nobody: onError hears of it, and all goes on', async () => {
    const errors: unknown[] = [];
    const runtime = await createRuntime({
      stores: memory(),
      definitions: [job()],
      observe: ({ type }) => {
        throw new Error(`no ${type}`);
      },
      onError: (error) => void errors.push(error),
    });
    expect(await (await runtime.start('job')).result()).toBe('attempt 1');
    await runtime.close();
    expect(errors.map(String)).toContain('Error: no append');
    expect(errors.map(String)).toContain('Error: no runtime.closed');
  });

  it('hears of what onError is told', async () => {
    const { observe, of } = listener();
    await using runtime = await open({
      observe,
      hooks: {
        onTerminal: () => {
          throw new Error('hook');
        },
      },
      onError: () => {},
    });
    await (await runtime.open()).complete('x');
    await eventually(() => of('fault').length > 0);
    expect(String(of('fault')[0]?.error)).toBe('Error: hook');
  });
});
