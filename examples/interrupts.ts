/**
 * A business trip is asked for, and several people have a say. The run asks all of them at once, and is let
 * go of while it waits. They answer from elsewhere: by a token that is good for one answer, without the
 * code of the run, whenever they like.
 */
import { join } from 'node:path';
import { createRuntime, defineRun, isRunchartError, type Json } from 'runchart';
import { sqlite } from 'runchart/sqlite';
import { z } from 'zod';
import { workFolder } from './support/folder.ts';
import { runtimeElsewhere } from './support/runtime-elsewhere.ts';
import { untilEvent } from './support/until-event.ts';

const trip = defineRun({
  name: 'trip',
  input: z.string(),
  execute: async ({ input: city, interrupt, step }) => {
    const [isAllowed, euros, hotel] = await Promise.all([
      interrupt({
        name: 'manager',
        question: `Is a trip to ${city} allowed?`,
        schema: z.boolean(),
      }),
      interrupt({
        name: 'finance',
        question: 'How many euros may it cost?',
        schema: z.number().min(0),
      }),
      interrupt({ name: 'traveller', question: 'Which hotel?', schema: z.string() }),
    ]);
    if (!isAllowed) return `no trip to ${city}`;
    const room = await step('book', () => `a room at ${hotel}`);
    return `a trip to ${city}, for at most ${euros} euros, with ${room}`;
  },
});

const database = join(workFolder(), 'runs.db');
await using runtime = await createRuntime({ stores: sqlite(database), definitions: [trip] });
const run = await runtime.start(trip, { input: 'Oslo' });
await untilEvent(run, 'interrupt.requested', 3);

// The office is another program, on the same database or on a server over it: it has no definitions, and
// answers all the same.
await using office = await runtimeElsewhere(database);
const { interrupts } = await office.get(run.id);
const open = await interrupts.list();
for (const { name, question } of open) console.log(`${name}: ${question}`);

async function answer(name: string, value: Json): Promise<void> {
  const asked = open.find((one) => one.name === name);
  if (asked === undefined) throw new Error(`Nobody asked ${name}.`);
  const outcome = await interrupts.resolve(asked.id, asked.token, value).then(
    () => 'accepted',
    (error: unknown) => {
      if (!isRunchartError(error)) throw error;
      return error.code;
    },
  );
  console.log(`${name} answers ${JSON.stringify(value)}: ${outcome}`);
}

await answer('finance', 'plenty');
await answer('finance', 900);
await answer('finance', 5000);
await answer('manager', true);
console.log(`still asked: ${(await interrupts.list()).map(({ name }) => name).join(', ')}`);
await answer('traveller', 'Hotel Fjord');
console.log(await run.result());
await answer('manager', false);

// prints:
// manager: Is a trip to Oslo allowed?
// finance: How many euros may it cost?
// traveller: Which hotel?
// finance answers "plenty": INPUT_INVALID
// finance answers 900: accepted
// finance answers 5000: INTERRUPT_SETTLED
// manager answers true: accepted
// still asked: traveller
// traveller answers "Hotel Fjord": accepted
// a trip to Oslo, for at most 900 euros, with a room at Hotel Fjord
// manager answers false: INTERRUPT_SETTLED
