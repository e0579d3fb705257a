/**
 * A carpenter's offer is made once, and then the customer asks: what if? A fork is a new run that begins
 * with a checkpoint of another. It remembers what was done before that checkpoint, here the visit to
 * the house, and does the rest again with the values that were edited.
 */
import { appendList, createRuntime, defineRun, lastWriteWins } from 'runchart';
import { memory } from 'runchart/memory';
import { z } from 'zod';

const PRICES: Readonly<Record<string, number>> = { pine: 90, oak: 240 };

const offer = defineRun({
  name: 'offer',
  input: z.string(),
  state: {
    wood: lastWriteWins({ initial: 'oak' }),
    metres: lastWriteWins(),
    extras: appendList({ initial: [] }),
  },
  execute: async ({ input: customer, step, state, checkpoint }) => {
    const metres = await step('measure', () => {
      console.log(`Somebody drives to ${customer} and measures the stairs.`);
      return 12;
    });
    await state.update({ metres, extras: 'handrail' });
    await checkpoint('measured');
    const wood = state.get('wood') as string;
    const extras = state.get('extras') as readonly string[];
    const price = await step('calculate', () => metres * (PRICES[wood] ?? 0) + extras.length * 150);
    return `${wood} with ${extras.join(' and ')}: ${price} euros`;
  },
});

await using runtime = await createRuntime({ stores: memory(), definitions: [offer] });
const first = await runtime.start(offer, { input: 'Ms Lind', runId: 'first offer' });
console.log(await first.result());

// The run is completed, and stays as it is. Its forks go their own ways from the checkpoint `measured` on.
const measured = (await first.checkpoints.list()).find(({ label }) => label === 'measured');
const from = { runId: first.id, superStep: measured?.superStep ?? 1 };
const cheaper = await runtime.fork(from, { runId: 'cheaper', edits: { wood: 'pine' } });
console.log(await cheaper.result());

// Edits replace values, unless they are to go through the reducers of the channels: then this one is added.
const grander = await runtime.fork(from, {
  runId: 'grander',
  edits: { extras: 'a carved owl' },
  throughReducers: true,
});
console.log(await grander.result());

for (const { snapshot } of (await runtime.list({ forkedFrom: first.id })).runs) {
  console.log(
    `${snapshot.runId}: from checkpoint ${snapshot.forkedFrom?.superStep} of the first offer`,
  );
}
console.log(`The first offer still says: ${await first.result()}`);

// prints:
// Somebody drives to Ms Lind and measures the stairs.
// oak with handrail: 3030 euros
// pine with handrail: 1230 euros
// oak with handrail and a carved owl: 3180 euros
// grander: from checkpoint 1 of the first offer
// cheaper: from checkpoint 1 of the first offer
// The first offer still says: oak with handrail: 3030 euros
