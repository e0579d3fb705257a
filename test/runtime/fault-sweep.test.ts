import { describe, expect, it } from 'vitest';
import { defineRun, isRunchartError, type Run } from '../../src/index.ts';
import { faultyStores } from '../../src/testing/index.ts';
import { type Operation, type Scene, sweep } from '../support/runtime/fault-sweep.ts';
import {
  collect,
  expectSound,
  logOf,
  memoryPlace,
  open,
  type Place,
  seqsOf,
  sqlitePlace,
  typesOf,
  upTo,
} from '../support/runtime/helpers.ts';

const quick = defineRun<undefined, undefined, string>({
  name: 'quick',
  execute: ({ step }) => step('s', () => 'done'),
});

const endedOnce = (_: Scene, receipt: unknown, types: readonly string[]): void => {
  expect(
    types.filter((type) => /^run\.(completed|failed|cancelled)$/.test(type)).length,
  ).toBeGreaterThan(0);
  expect(receipt).toHaveProperty('seq');
};

const OPERATIONS: readonly Operation[] = [
  { name: 'open', perform: ({ runtime }) => runtime.open() },
  {
    name: 'open with a key',
    perform: ({ runtime }) => runtime.open({ idempotencyKey: 'once' }),
    after: async ({ runtime }, answer) => {
      const runs = (await runtime.list()).runs.filter(({ snapshot }) => snapshot.prompt === '');
      expect(runs.map(({ snapshot }) => snapshot.runId)).toEqual([(answer as Run).id]);
    },
  },
  {
    name: 'start with a key',
    perform: ({ runtime }) => runtime.start(quick, { idempotencyKey: 'once' }),
    after: async (_, answer) => {
      const run = answer as Run;
      const ended = run.result({ signal: AbortSignal.timeout(15_000) });
      // A fault that strikes the work itself may fail the run; it may not leave it for ever.
      await ended.catch((error: unknown) => {
        if (!isRunchartError(error, 'RUN_FAILED')) throw error;
      });
      const signs = typesOf(await collect(run.events())).filter((type) => type === 'run.created');
      expect(signs).toHaveLength(1);
    },
  },
  {
    name: 'record',
    perform: ({ run }) => run.record({ type: 'turn.started' }),
    after: (_, answer) => expect(answer).toMatchObject({ late: false }),
  },
  {
    name: 'record with a key',
    perform: ({ run }) => run.record({ type: 'custom.keyed' }, { idempotencyKey: 'k' }),
    after: (_, _answer, types) =>
      expect(types.filter((type) => type === 'custom.keyed')).toHaveLength(1),
  },
  {
    name: 'record where another runtime has recorded',
    perform: async ({ run, elsewhere }) => {
      await elsewhere.record({ type: 'log' });
      return run.record({ type: 'turn.started' });
    },
  },
  { name: 'complete', perform: ({ run }) => run.complete(1), after: endedOnce },
  { name: 'fail', perform: ({ run }) => run.fail('x'), after: endedOnce },
  { name: 'cancel', perform: ({ run }) => run.cancel(), after: endedOnce },
  {
    name: 'cancel from another runtime',
    perform: ({ runtime, elsewhere }) => runtime.get(elsewhere.id).then((run) => run.cancel()),
    after: endedOnce,
  },
  { name: 'claim', perform: ({ runtime, run }) => runtime.claim(run.id) },
  { name: 'get', perform: ({ runtime, run }) => runtime.get(run.id) },
  { name: 'list', perform: ({ runtime }) => runtime.list() },
  { name: 'info', perform: ({ runtime, run }) => runtime.info(run.id) },
  { name: 'verify', perform: ({ runtime, run }) => runtime.verify(run.id) },
  { name: 'diagnose', perform: ({ runtime }) => runtime.diagnose() },
  { name: 'snapshot', perform: ({ run }) => run.snapshot() },
  {
    name: 'events',
    perform: ({ run }) => collect(run.events({ live: false })),
    after: (_, answer) => {
      const seqs = seqsOf(answer as never);
      expect(seqs).toEqual(upTo(seqs.length));
    },
  },
  {
    name: 'result',
    perform: async ({ run, elsewhere }) => {
      const [result] = await Promise.all([run.result(), elsewhere.complete('r')]);
      return result;
    },
    after: (_, answer) => expect(answer).toBe('r'),
  },
  { name: 'outputs.artifact', perform: ({ run }) => run.outputs.artifact('a', 1) },
  { name: 'outputs.list', perform: ({ run }) => run.outputs.list() },
  { name: 'outputs.latestByProducer', perform: ({ run }) => run.outputs.latestByProducer('run') },
];

const PLACES: readonly (readonly [string, () => Place])[] = [
  ['memory', memoryPlace],
  ['sqlite inline', () => sqlitePlace('inline')],
];

describe.each(PLACES)('on %s', (_, create) => {
  it.each(OPERATIONS)('$name survives the failure of any store call', async (operation) => {
    await sweep({ definitions: [quick], ...operation }, create);
  });

  const appends = ({ method }: { method: string }): boolean => method === 'events.append';

  it('[I5] an append whose answer was lost is settled by its event ids: the caller never notices', async () => {
    using place = create();
    const faulty = faultyStores(place.stores());
    const hooks: string[] = [];
    await using runtime = await open({
      stores: faulty.stores,
      hooks: { onTerminal: ({ status }) => hooks.push(status) },
    });
    faulty.arm(1, 'answer-lost', appends);
    const run = await runtime.open();
    const following = collect(run.events());
    faulty.arm(1, 'answer-lost', appends);
    const sent = [1, 2, 3].map((n) => run.record({ type: 'custom.n', n }));
    expect((await Promise.all(sent)).map(({ seq }) => seq)).toEqual([2, 3, 4]);
    faulty.arm(1, 'answer-lost', appends);
    expect(await run.complete('ok')).toEqual({ outcome: 'completed', status: 'completed', seq: 5 });
    expect(seqsOf(await following)).toEqual(upTo(5));
    expect(hooks).toEqual(['completed']);
    await expectSound(faulty.stores, run.id);
  });

  it('[I8] when not even the log can be read, the key settles it later', async () => {
    using place = create();
    const faulty = faultyStores(place.stores());
    await using runtime = await open({ stores: faulty.stores });
    const run = await runtime.open();
    const key = { idempotencyKey: 'k' };
    faulty.arm(1, 'cut-off');
    await expect(run.record({ type: 'log' }, key)).rejects.toMatchObject({ code: 'APPEND_FAILED' });
    faulty.disarm();
    expect(await run.record({ type: 'log' }, key)).toMatchObject({ seq: 2 });
    expect(await logOf(faulty.stores, run.id)).toHaveLength(2);
  });

  it('[I6] a reader whose page could not be read is told, and goes on from where it was', async () => {
    using place = create();
    const faulty = faultyStores(place.stores());
    await using runtime = await open({ stores: faulty.stores });
    const run = await runtime.open();
    for (let n = 0; n < 600; n += 1) void run.record({ type: 'log' });
    await run.complete();
    const seen: number[] = [];
    faulty.arm(3, 'once', ({ method }) => method === 'events.read');
    const reading = async (): Promise<void> => {
      for await (const { seq } of run.events({ afterSeq: seen.at(-1) ?? 0 })) seen.push(seq);
    };
    await expect(reading()).rejects.toThrow('events.read');
    expect(seen).toEqual(upTo(512));
    await reading();
    expect(seen).toEqual(upTo(602));
  });
});
