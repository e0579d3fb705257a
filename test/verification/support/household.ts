import {
  appendList,
  createRuntime,
  defineRun,
  type Run,
  type Runtime,
  type Stores,
} from '../../../src/index.ts';
import { eventually } from '../../support/runtime/helpers.ts';

const dust = defineRun({ name: 'dust', execute: async ({ step }) => step('wipe', async () => 1) });

const tidy = defineRun({
  name: 'tidy',
  state: { rooms: appendList({ initial: [] }) },
  execute: async ({ child, outputs, checkpoint, state, step }) => {
    await state.update({ rooms: ['hall'] });
    const dusted = await child(dust);
    const draft = await outputs.partial({ dusted });
    await outputs.artifact('report', 'r'.repeat(2_000), { parentRefs: [draft.id] });
    await checkpoint('first');
    await state.update({ rooms: ['kitchen'] });
    await checkpoint();
    await step('sweep', async () => 'clean');
    await outputs.final('done');
    return dusted;
  },
});

const paint = defineRun({
  name: 'paint',
  execute: async ({ interrupt }) => interrupt({ question: 'Which colour?' }),
});

/** Runs of every kind, by what they are. */
export interface Household {
  readonly runtime: Runtime;
  /** Completed, with a child, outputs, a content beside the store, and checkpoints. */
  readonly parent: string;
  readonly child: string;
  /** Began with the last checkpoint of `parent`. */
  readonly fork: string;
  /** Waits for an answer, and nobody drives it. */
  readonly parked: string;
  /** By hand, cancelled, with one late event. */
  readonly cancelled: string;
}

/** Opens the stores and fills them with a run of every kind. Who asks closes the runtime. */
export async function household(stores: Stores): Promise<Household> {
  const runtime = await createRuntime({
    stores,
    definitions: [dust, tidy, paint],
    limits: { inlineOutputBytes: 1_000 },
  });
  const parent = await runtime.start(tidy, { prompt: 'tidy up' });
  await parent.result();
  const { runs } = await runtime.list({ parentRunId: parent.id });
  const fork = await runtime.fork({ runId: parent.id });
  await fork.result();
  const parked: Run = await runtime.start('paint');
  await eventually(async () => (await parked.snapshot()).waiting?.parked === 'waiting');
  const byHand = await runtime.open({ prompt: 'by hand' });
  await byHand.record({ type: 'run.started' });
  await byHand.record({ type: 'tool.completed', tool: 'rake' });
  await byHand.record({ type: 'log', level: 'info', message: 'raked' });
  await byHand.cancel({ reason: 'rain' });
  await byHand.complete('raked');
  return {
    runtime,
    parent: parent.id,
    child: runs[0]?.snapshot.runId ?? '',
    fork: fork.id,
    parked: parked.id,
    cancelled: byHand.id,
  };
}
