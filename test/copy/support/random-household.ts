import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import {
  appendList,
  createRuntime,
  defineRun,
  isRunchartError,
  type Runtime,
  type Stores,
} from '../../../src/index.ts';
import { crashableStores } from '../../../src/testing/index.ts';
import { createRandom, type Random } from '../../../src/testing/simulation/random.ts';
import { eventually } from '../../support/runtime/helpers.ts';

const dust = defineRun({
  name: 'dust',
  execute: async ({ step, outputs }) => {
    const made = await outputs.artifact('dust', 'd'.repeat(300));
    await step('wipe', async () => 1);
    return made.id;
  },
});

const tidy = defineRun({
  name: 'tidy',
  input: z.object({ rooms: z.int(), text: z.string(), hasChild: z.boolean() }),
  state: { rooms: appendList({ initial: [] }), note: appendList({ initial: [] }) },
  execute: async ({ child, outputs, checkpoint, state, step, input }) => {
    const { rooms, text, hasChild } = input;
    const dusted = hasChild ? [await child(dust)] : [];
    for (let room = 0; room < rooms; room += 1) {
      await state.update({ rooms: [`room ${room} ${text}`] });
      const draft = await outputs.partial({ room }, { parentRefs: dusted });
      await outputs.artifact('report', text.repeat(room + 1), { parentRefs: [draft.id] });
      await checkpoint(`after room ${room}`);
      await step(`sweep ${room}`, async () => room);
    }
    await outputs.final('done');
    return rooms;
  },
});

const paint = defineRun({
  name: 'paint',
  execute: async ({ interrupt }) => interrupt({ question: 'Which colour?' }),
});

const nap = defineRun({
  name: 'nap',
  execute: async ({ sleepUntil }) => sleepUntil(Date.now() + 86_400_000),
});

const hang = defineRun({
  name: 'hang',
  execute: async ({ outputs, step }) => {
    await outputs.partial('before it hangs');
    await step('hang', () => new Promise<never>(() => {}));
  },
});

const definitions = [dust, tidy, paint, nap, hang];

/**
 * Fills stores by chance, by what a runtime does: runs with children, forks, outputs, contents, checkpoints and
 * keys, long ones, parked ones, cut ones, some whose owner has died, and some that were pruned.
 */
export async function randomHousehold(stores: Stores, seed: number, acts: number): Promise<void> {
  const random = createRandom(seed);
  const crashable = crashableStores(stores);
  const open = (over: Stores): Promise<Runtime> =>
    createRuntime({ stores: over, definitions, limits: { inlineOutputBytes: 200 } });
  await stores.open();
  let runtime = await open(crashable.stores);
  for (let act = 0; act < acts; act += 1) await perform(runtime, random, act);
  await runtime.start('hang');
  await eventually(
    async () => (await runtime.list({ definition: 'hang', limit: 1 })).runs.length > 0,
  );
  await sleep(5);
  await crashable.crash();
  // The stores were opened twice by the one that died.
  runtime = await createRuntime({ stores, definitions: [], recovery: 'leave' });
  if (random.chance(0.5))
    await runtime.prune({ statuses: ['completed'], keepEvents: 1 + random.below(9) });
  if (random.chance(0.5)) await runtime.prune({ definition: 'dust' });
  await runtime.close();
  await saveAgain(stores);
}

/** Versions of super-steps that were saved more than once. */
async function saveAgain({ events, checkpoints }: Stores): Promise<void> {
  const { runs } = await events.list({ definition: 'tidy', limit: 9 });
  for (const { runId } of runs) {
    for (const text of ['again', 'and again']) {
      const line = { definition: 'tidy', runId, superStep: 1, label: text };
      await checkpoints.save({ ...line, createdAtMs: 5, values: { rooms: [text], note: [] } });
    }
  }
}

async function perform(runtime: Runtime, random: Random, act: number): Promise<void> {
  const key = random.chance(0.5) ? { idempotencyKey: `act ${act}` } : {};
  const sessionId = `ses_${random.below(3)}`;
  const input = {
    rooms: random.below(4),
    text: random.pick(['x', 'naïve 🏃 ', 'y'.repeat(150)]),
    hasChild: random.chance(0.5),
  };
  const kind = random.below(6);
  if (kind === 0) await byHand(runtime, random, act, { ...key, sessionId });
  if (kind === 1) await (await runtime.start(tidy, { ...key, input, sessionId })).result();
  if (kind === 2)
    await (await runtime.start(dust, { ...key, sessionId: `ses_of_${act}` })).result();
  if (kind === 3 || kind === 4) {
    const run = await runtime.start(kind === 3 ? 'paint' : 'nap', { sessionId: `ses_of_${act}` });
    await eventually(async () => (await run.snapshot()).waiting?.parked !== undefined);
  }
  if (kind === 5) await fork(runtime, random);
}

async function byHand(
  runtime: Runtime,
  random: Random,
  act: number,
  options: object,
): Promise<void> {
  const run = await runtime.open({ prompt: `by hand ${act}`, ...options });
  await run.record({ type: 'run.started' });
  const events = random.pick([3, 20, 255, 256, 257, 600]);
  const records = Array.from({ length: events }, (_, i) =>
    run.record(
      { type: 'log', level: 'info', message: `${i} of ${events}` },
      i % 7 === 0 ? { idempotencyKey: `record ${i}` } : {},
    ),
  );
  await Promise.all(records);
  const end = random.pick(['complete', 'cancel', 'leave'] as const);
  if (end === 'complete') await run.complete('by hand');
  if (end === 'cancel') await run.cancel({ reason: 'by chance' });
}

async function fork(runtime: Runtime, random: Random): Promise<void> {
  const { runs } = await runtime.list({ definition: 'tidy', limit: 5 });
  if (runs.length === 0) return;
  try {
    await (await runtime.fork({ runId: random.pick(runs).snapshot.runId })).result();
  } catch (error) {
    if (!isRunchartError(error, 'CHECKPOINT_NOT_FOUND')) throw error;
  }
}
