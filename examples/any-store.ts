/**
 * A bakery, on whatever store RUNCHART_STORE names: memory, a file, Postgres or NATS. Nothing in the program knows
 * which one it is. With --json it prints all that the store has in the end, instead of a few words about it.
 */
import { appendList, createRuntime, defineRun, lastWriteWins, type Run } from 'runchart';
import { z } from 'zod';
import { allThatIsKept } from './support/all-that-is-kept.ts';
import { storesAt } from './support/stores-at.ts';
import { untilEvent } from './support/until-event.ts';

const delivery = defineRun({
  name: 'delivery',
  input: z.string(),
  execute: async ({ input: cake, interrupt, step }) => {
    const door = await interrupt({ name: 'door', question: 'Which door?', schema: z.string() });
    return step('ring', () => `${cake}, at the ${door} door`);
  },
});

const cake = defineRun({
  name: 'cake',
  input: z.string(),
  state: { layers: appendList({ initial: [] }), icing: lastWriteWins({ initial: 'sugar' }) },
  execute: async ({ input, step, state, checkpoint, outputs, sleepUntil, receive, child }) => {
    const degrees = await step(
      'heat the oven',
      ({ tries }) => {
        if (tries < 3) throw new Error('the fuse has blown');
        return 180;
      },
      { retries: 2, backoffMs: 5 },
    );
    await state.update({ layers: 'sponge' });
    await checkpoint('baked');
    const recipe = await outputs.artifact('recipe', { degrees, of: input });
    const photo = await outputs.bytes('photo', Buffer.from('.oOo.\n'), {
      mime: 'text/plain',
      parentRefs: [recipe.id],
    });
    await sleepUntil((await step('look at the clock', () => Date.now())) + COOLING_MS);
    await state.update({ layers: await receive() });
    await checkpoint('cooled');
    const layers = state.get('layers') as readonly string[];
    const name = `${input} of ${layers.join(' and ')} with ${state.get('icing') as string}`;
    await outputs.final(name, { parentRefs: [recipe.id, photo.id] });
    return child(delivery, name);
  },
});

const COOLING_MS = 300;
const stores = await storesAt(process.env['RUNCHART_STORE'] ?? 'memory');
await using runtime = await createRuntime({ stores, definitions: [cake, delivery] });

/** Tells the driver which door it is, who waits for that. */
async function receiveAt(door: string, run: Run): Promise<void> {
  await untilEvent(run, 'child.started');
  const { runs } = await runtime.list({ parentRunId: run.id });
  const driver = await runtime.get(runs[0]?.snapshot.runId ?? '');
  await untilEvent(driver, 'attempt.ended');
  const [asked] = await driver.interrupts.list();
  if (asked === undefined) throw new Error('The driver asks nothing.');
  await driver.interrupts.resolve(asked.id, asked.token, door);
}

const first = await runtime.start(cake, { input: 'a cake' });
await untilEvent(first, 'attempt.ended');
await first.send('cherries');
await receiveAt('green', first);
const told = [await first.result()];

// Another one begins where the first had cooled.
const cooled = (await first.checkpoints.list()).find(({ label }) => label === 'cooled');
const from = { runId: first.id, superStep: cooled?.superStep ?? 0 };
const second = await runtime.fork(from, { edits: { icing: 'chocolate' } });
await receiveAt('red', second);
told.push(JSON.stringify(await second.result()));

// And of a third somebody thinks better.
const third = await runtime.start(cake, { input: 'a pie' });
await untilEvent(third, 'attempt.ended');
const { outcome } = await third.cancel({ reason: 'too many cakes' });
told.push(`a pie is ${outcome}`);

if (process.argv.includes('--json')) console.log(JSON.stringify(await allThatIsKept(runtime)));
else for (const line of told) console.log(line);

// prints:
// a cake of sponge and cherries with sugar, at the green door
// "a cake of sponge and cherries with chocolate, at the red door"
// a pie is cancelled
