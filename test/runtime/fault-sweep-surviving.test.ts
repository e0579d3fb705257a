import { describe, expect, it } from 'vitest';
import {
  appendList,
  defineRun,
  isRunchartError,
  type OutputRecord,
  type Run,
} from '../../src/index.ts';
import { type Operation, type Scene, sweep } from '../support/runtime/fault-sweep.ts';
import {
  codeOf,
  collect,
  eventually,
  memoryPlace,
  type Place,
  sqlitePlace,
} from '../support/runtime/helpers.ts';

/** Keeps two states and is over. */
const keeper = defineRun({
  name: 'keeper',
  state: { list: appendList() },
  execute: async ({ step, state, checkpoint }) => {
    for (const n of [1, 2]) {
      await state.update({ list: await step('step', () => n) });
      await checkpoint();
    }
    return state.get('list');
  },
});

/** Asks, and answers what it was told. */
const asker = defineRun({
  name: 'asker',
  execute: ({ interrupt }) => interrupt({ question: '?' }),
});

const listener = defineRun({ name: 'listener', execute: ({ receive }) => receive() });

const parent = defineRun({ name: 'parent', execute: ({ child }) => child(keeper) });

const definitions = [keeper, asker, listener, parent];

const noted = (scene: Scene, name: string): Promise<Run> =>
  scene.runtime.get(scene.notes.get(name) ?? '');

async function keep(scene: Scene): Promise<void> {
  const run = await scene.runtime.start(keeper);
  scene.notes.set('kept', run.id);
  await run.result();
}

async function begin(scene: Scene, definition: typeof asker): Promise<void> {
  const run = await scene.runtime.start(definition);
  scene.notes.set('begun', run.id);
  await eventually(async () =>
    definition === asker
      ? (await run.interrupts.list()).length === 1
      : (await run.status()) === 'executing',
  );
}

/** The end of a run that a fault may have thrown back, which then is gone on with after a pause. */
const endOf = (run: Run): Promise<unknown> => run.result({ signal: AbortSignal.timeout(15_000) });

const given = async ({ run }: Scene): Promise<OutputRecord> => {
  const record = await run.outputs.latestByArtifact('letter');
  return record ?? run.outputs.artifact('letter', { dear: 'x'.repeat(70_000) });
};

const OPERATIONS: readonly Operation[] = [
  {
    name: 'send',
    prepare: (scene) => begin(scene, listener),
    perform: async (scene) =>
      (await noted(scene, 'begun')).send('hello', { idempotencyKey: 'hello' }),
    after: async (scene) => {
      const run = await noted(scene, 'begun');
      expect(await endOf(run)).toBe('hello');
      const types = (await collect(run.events())).map(({ event }) => event.type);
      expect(types.filter((type) => type === 'signal.received')).toHaveLength(1);
    },
  },
  {
    name: 'interrupts.list',
    prepare: (scene) => begin(scene, asker),
    perform: async (scene) => (await noted(scene, 'begun')).interrupts.list(),
    after: (_, answer) => expect(answer).toHaveLength(1),
  },
  {
    name: 'interrupts.resolve',
    prepare: async (scene) => {
      await begin(scene, asker);
      const [asked] = await (await noted(scene, 'begun')).interrupts.list();
      scene.notes.set('id', asked?.id ?? '').set('token', asked?.token ?? '');
    },
    perform: async (scene) => {
      const { interrupts } = await noted(scene, 'begun');
      const [id = '', token = ''] = [scene.notes.get('id'), scene.notes.get('token')];
      // The answer of the first time may have been lost, and the answer itself stored.
      await interrupts.resolve(id, token, 'yes').catch((error: unknown) => {
        if (!isRunchartError(error, 'INTERRUPT_SETTLED')) throw error;
      });
    },
    after: async (scene) => expect(await endOf(await noted(scene, 'begun'))).toBe('yes'),
  },
  {
    name: 'checkpoints.list',
    prepare: keep,
    perform: async (scene) => (await noted(scene, 'kept')).checkpoints.list(),
    after: (_, answer) => expect(answer).toHaveLength(2),
  },
  {
    name: 'checkpoints.load',
    prepare: keep,
    perform: async (scene) => (await noted(scene, 'kept')).checkpoints.load(1),
    after: (_, answer) => expect(answer).toMatchObject({ values: { list: [1] } }),
  },
  {
    name: 'fork with a key',
    prepare: keep,
    perform: ({ runtime, notes }) => {
      const key = { runId: notes.get('kept') ?? '', superStep: 1 };
      return runtime.fork(key, { edits: { list: [7] }, idempotencyKey: 'fork' });
    },
    after: async ({ runtime, notes }, answer) => {
      const fork = answer as Run;
      expect(await endOf(fork)).toEqual([7, 2]);
      const source = notes.get('kept') ?? '';
      const { runs } = await runtime.list({ forkedFrom: source });
      expect(runs.map(({ snapshot }) => snapshot.runId)).toEqual([fork.id]);
      const told = await collect((await runtime.get(source)).events());
      expect(told.filter(({ event }) => event.type === 'run.forked')).toHaveLength(1);
    },
  },
  {
    name: 'start of a run with a child',
    perform: ({ runtime }) => runtime.start(parent, { idempotencyKey: 'parent' }),
    after: async ({ runtime }, answer) => {
      const run = answer as Run;
      expect(await endOf(run)).toEqual([1, 2]);
      const { runs } = await runtime.list({ parentRunId: run.id });
      expect(runs).toHaveLength(1);
    },
  },
  {
    name: 'prune',
    prepare: keep,
    perform: ({ runtime }) => runtime.prune({ definition: 'keeper' }),
    after: async (scene) => {
      expect(await codeOf(noted(scene, 'kept'))).toBe('RUN_NOT_FOUND');
      expect((await scene.runtime.diagnose()).problems).toEqual([]);
    },
  },
  {
    name: 'prune of events',
    cuts: true,
    prepare: keep,
    perform: ({ runtime }) => runtime.prune({ definition: 'keeper', keepEvents: 2 }),
    after: async (scene) => {
      const left = await collect((await noted(scene, 'kept')).events({ live: false }));
      expect(left).toHaveLength(2);
    },
  },
  {
    name: 'outputs.file',
    perform: ({ run }) => run.outputs.file(import.meta.filename),
    after: async ({ run }, answer) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of await run.outputs.read(answer as OutputRecord)) chunks.push(chunk);
      expect(Buffer.concat(chunks).toString()).toContain('outputs.file');
    },
  },
  {
    name: 'outputs.value of one that is big',
    prepare: async (scene) => void (await given(scene)),
    perform: async (scene) => scene.run.outputs.value(await given(scene)),
    after: (_, answer) => expect(answer).toEqual({ dear: 'x'.repeat(70_000) }),
  },
  { name: 'outputs.final', perform: ({ run }) => run.outputs.final(1).catch(settledFinal) },
  { name: 'outputs.verdict', perform: ({ run }) => run.outputs.verdict(1) },
  { name: 'outputs.listForAttempt', perform: ({ run }) => run.outputs.listForAttempt(1) },
];

/** A final that was stored, its answer lost, closes its attempt all the same. */
function settledFinal(error: unknown): void {
  if (!isRunchartError(error, 'ATTEMPT_CLOSED')) throw error;
}

const PLACES: readonly (readonly [string, () => Place])[] = [
  ['memory', memoryPlace],
  ['sqlite inline', () => sqlitePlace('inline')],
];

describe.each(PLACES)('on %s', (_, create) => {
  it.each(OPERATIONS)('$name survives the failure of any store call', async (operation) => {
    await sweep({ definitions, ...operation }, create);
  });
});
