import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defineRun, type RunEvent, type StandardSchema } from '../../src/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import {
  codeOf,
  collect,
  expectSound,
  open,
  PLACES,
  temporaryFolder,
} from '../support/runtime/helpers.ts';

/** A schema made by hand: a number, or a text that is one. */
const aNumber: StandardSchema<{ n: number }> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: async (value) => {
      const n = Number((value as { n?: unknown } | undefined)?.n);
      return Number.isNaN(n)
        ? { issues: [{ message: 'no number', path: ['n'] }, { message: 'at all' }] }
        : { value: { n } };
    },
  },
};

const circular: Record<string, unknown> = { type: 'log' };
circular['self'] = circular;

const REFUSED: readonly (readonly [name: string, event: unknown, code: string])[] = [
  ['a typo below a built-in word', { type: 'run.finished' }, 'EVENT_TYPE_UNKNOWN'],
  ['a bare built-in word', { type: 'run' }, 'EVENT_TYPE_UNKNOWN'],
  ['nothing', undefined, 'EVENT_INVALID'],
  ['null', null, 'EVENT_INVALID'],
  ['a text', 'log', 'EVENT_INVALID'],
  ['no type', {}, 'EVENT_INVALID'],
  ['an empty type', { type: '' }, 'EVENT_INVALID'],
  ['a number as type', { type: 7 }, 'EVENT_INVALID'],
  ['a type that is too long', { type: 'x'.repeat(129) }, 'EVENT_INVALID'],
  ['something circular', circular, 'EVENT_INVALID'],
  ['a bigint', { type: 'log', n: 1n }, 'EVENT_INVALID'],
  ['a toJSON', { type: 'log', toJSON: () => ({ type: 'run.completed' }) }, 'EVENT_INVALID'],
  ['a second run.created', { type: 'run.created', prompt: '' }, 'EVENT_INVALID'],
  ['a prompt that is no text', { type: 'run.started', prompt: 7 }, 'EVENT_INVALID'],
  ['a failure without an error', { type: 'run.failed' }, 'EVENT_INVALID'],
  ['a reason that is no text', { type: 'run.cancelled', reason: {} }, 'EVENT_INVALID'],
  ['a report without checks', { type: 'verification.reported' }, 'EVENT_INVALID'],
  [
    'a check of no status',
    { type: 'verification.reported', checks: [{ name: 'c' }] },
    'EVENT_INVALID',
  ],
  ['attempt 0', { type: 'attempt.started', attempt: 0 }, 'EVENT_INVALID'],
  ['a mebibyte', { type: 'log', text: 'x'.repeat(1024 * 1024) }, 'EVENT_TOO_LARGE'],
  ['a mebibyte in UTF-8', { type: 'log', text: 'ü'.repeat(512 * 1024) }, 'EVENT_TOO_LARGE'],
];

describe.each(PLACES)('on %s', (_, create) => {
  it.each(REFUSED)('an event is refused that is %s', async (_name, event, code) => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const run = await runtime.open();
    const other = await runtime.open();
    const [refused, envelope] = await Promise.all([
      codeOf(run.record(event as RunEvent)),
      other.record({ type: 'log' }),
    ]);
    expect(refused).toBe(code);
    expect(envelope.seq).toBe(2);
    expect(await run.snapshot()).toMatchObject({ eventCount: 1, status: 'created' });
    expect(await run.complete()).toMatchObject({ outcome: 'completed', seq: 2 });
    await expectSound(stores, run.id);
  });

  it('events just below the limit are recorded', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const run = await runtime.open();
    const text = 'x'.repeat(1024 * 1024 - 50);
    const envelopes = await Promise.all([1, 2, 3].map(() => run.record({ type: 'log', text })));
    expect(envelopes.map(({ seq }) => seq)).toEqual([2, 3, 4]);
    await expectSound(stores, run.id);
  });

  it('an input goes through the schema of its definition', async () => {
    using place = create();
    const seen: unknown[] = [];
    const typed = defineRun<{ n: number }>({
      name: 'typed',
      input: aNumber,
      execute: ({ input }) => void seen.push(input),
    });
    await using runtime = await open({ stores: place.stores(), definitions: [typed] });
    await (await runtime.start(typed, { input: { n: '7' } as never })).result();
    expect(seen).toEqual([{ n: 7 }]);
    await expect(runtime.start(typed, { input: { n: 'x' } as never })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: 'The input of typed is not valid: n: no number; at all',
    });
    expect(await codeOf(runtime.start('typed'))).toBe('INPUT_INVALID');
    expect((await runtime.list()).runs).toHaveLength(1);
  });

  it.each([
    ['a date', { when: new Date(0) }],
    ['a map', new Map()],
    ['NaN', { n: NaN }],
    ['a function', { f: () => {} }],
    ['a hole', { list: [undefined] }],
    ['something circular', circular],
  ])('an input that is not JSON is refused: %s', async (_name, input) => {
    using place = create();
    const loose = defineRun<unknown>({ name: 'loose', execute: () => {} });
    await using runtime = await open({ stores: place.stores(), definitions: [loose] });
    expect(await codeOf(runtime.start(loose, { input }))).toBe('INPUT_INVALID');
    expect((await runtime.list()).runs).toEqual([]);
  });

  it('a definition that is not registered is refused', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    expect(await codeOf(runtime.start('nobody'))).toBe('DEFINITION_UNKNOWN');
    expect((await runtime.list()).runs).toEqual([]);
  });

  it('events, options and answers that are changed after the call change nothing', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const run = await runtime.open();
    const checks = [{ name: 'c', status: 'passed', required: true }];
    const event = { type: 'verification.reported', checks };
    const result = { list: [1] };
    const error = new Error('as it was');
    const recording = run.record(event);
    event.type = 'run.cancelled';
    checks.length = 0;
    const envelope = await recording;
    expect(envelope.event).toMatchObject({
      type: 'verification.reported',
      checks: [{ name: 'c' }],
    });
    Object.assign(envelope, { seq: 99, epoch: 99 });
    Object.assign(envelope.event, { checks: 'gone' });
    const snapshot = await run.snapshot();
    const before = structuredClone(snapshot);
    Object.assign(snapshot, { status: 'completed', epoch: 99, eventCount: 99, verification: null });
    expect(await run.snapshot()).toEqual(before);
    const completing = run.complete(result);
    result.list.push(2);
    await completing;
    expect((await run.snapshot()).result).toEqual({ list: [1] });
    const other = await runtime.open();
    const failing = other.fail(error);
    error.message = 'changed';
    await failing;
    expect((await other.snapshot()).error).toMatchObject({ message: 'as it was' });
    await expectSound(stores, run.id);
  });

  it('an inspector, a hook and a subscriber that throw disturb no run', async () => {
    using place = create();
    const stores = place.stores();
    const heard: string[] = [];
    const work = defineRun({ name: 'work', execute: ({ step }) => step('s', () => 'fine') });
    await using runtime = await open({
      stores,
      definitions: [work],
      inspect: () => {
        throw new Error('inspector');
      },
      hooks: {
        onCancelled: () => {
          throw new Error('hook');
        },
        onTerminal: async () => Promise.reject(new Error('async hook')),
      },
      onError: (error) => heard.push((error as Error).message),
    });
    const run = await runtime.start(work);
    const throwing = (async () => {
      for await (const envelope of run.events()) throw new Error(`reader ${envelope.seq}`);
    })();
    await expect(throwing).rejects.toThrow('reader 1');
    expect(await run.result()).toBe('fine');
    const cancelled = await runtime.open();
    expect(await cancelled.cancel()).toMatchObject({ outcome: 'cancelled' });
    expect(await collect(cancelled.events())).toHaveLength(2);
    expect(new Set(heard)).toEqual(new Set(['inspector', 'hook', 'async hook']));
    await expectSound(stores, run.id);
    await expectSound(stores, cancelled.id);
  });
});

describe('what another process stored, and nobody here has heard of yet, counts before a refusal', () => {
  /** Two runtimes on one file, of which neither hears of what the other one writes. */
  async function openBoth() {
    const folder = temporaryFolder();
    const path = join(folder.path, 'runs.db');
    const stores = () => sqlite(path, { writer: 'inline', watchIntervalMs: 600_000 });
    const here = await open({ stores: stores() });
    const there = await open({ stores: stores() });
    return {
      here,
      there,
      async [Symbol.asyncDispose]() {
        await here.close();
        await there.close();
        folder[Symbol.dispose]();
      },
    };
  }

  it('a seq that is ahead of what is known here may be the last one by now', async () => {
    await using both = await openBoth();
    const run = await both.here.open();
    await (await both.there.get(run.id)).record({ type: 'log' });
    const [ahead, behind, far] = await Promise.all([
      run.record({ type: 'log' }, { expectedSeq: 2 }),
      codeOf(run.record({ type: 'log' }, { expectedSeq: 1 })),
      codeOf(run.record({ type: 'log' }, { expectedSeq: 9 })),
    ]);
    expect(ahead).toMatchObject({ seq: 3 });
    expect([behind, far]).toEqual(['SEQ_CONFLICT', 'SEQ_CONFLICT']);
  });

  it('[I7] an owner that was fenced is late, and not refused, when the run is over by now', async () => {
    await using both = await openBoth();
    const run = await both.here.open();
    const claimed = await both.there.claim(run.id);
    expect(await codeOf(run.record({ type: 'log' }))).toBe('OWNER_FENCED');
    await claimed?.complete('done');
    expect(await run.record({ type: 'log' })).toMatchObject({ late: true });
  });
});
