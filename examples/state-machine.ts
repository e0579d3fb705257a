/**
 * An order is a state machine of XState, and the machine is the definition of its run. Events are sent to
 * the run, a promise that the machine invokes is a step, a person is asked by an interrupt, and the days
 * that `after` waits for go on when the program does not. The clock is the program's own.
 */
import { join } from 'node:path';
import { createRuntime, defineRun, fromInterrupt } from 'runchart';
import { sqlite } from 'runchart/sqlite';
import { assign, fromPromise, log, setup } from 'xstate';
import { workFolder } from './support/folder.ts';
import { untilEvent } from './support/until-event.ts';

const DAY = 24 * 60 * 60 * 1000;
let now = Date.parse('2026-05-04T12:00:00Z');

const machine = setup({
  // oxlint-disable-next-line typescript/no-unnecessary-type-assertion -- the way of XState to give types
  types: {} as {
    context: { items: readonly string[] };
    events: { type: 'ADD'; item: string } | { type: 'ORDER' };
  },
  actors: {
    charge: fromPromise<string, number>(async ({ input: count }) => {
      console.log(`the card is charged for ${count} items`);
      return 'receipt';
    }),
    ask: fromInterrupt<boolean>(),
  },
}).createMachine({
  id: 'order',
  context: { items: [] },
  initial: 'shopping',
  output: ({ context }) => context.items,
  states: {
    shopping: {
      on: {
        ADD: {
          actions: assign({ items: ({ context, event }) => [...context.items, event.item] }),
        },
        ORDER: 'checking',
      },
    },
    checking: {
      invoke: {
        id: 'stock',
        src: 'ask',
        input: ({ context }) => ({ question: `Do we have ${context.items.join(' and ')}?` }),
        onDone: [{ guard: ({ event }) => event.output, target: 'paying' }, { target: 'sorry' }],
      },
    },
    paying: {
      invoke: {
        id: 'charge',
        src: 'charge',
        input: ({ context }) => context.items.length,
        onDone: 'returnable',
      },
    },
    returnable: { after: { [14 * DAY]: { target: 'closed', actions: log('no more returns') } } },
    closed: { type: 'final' },
    sorry: { type: 'final' },
  },
});

const order = defineRun({ name: 'order', machine });
const database = join(workFolder(), 'runs.db');
const open = () =>
  createRuntime({ stores: sqlite(database), definitions: [order], clock: () => now });

{
  await using runtime = await open();
  const run = await runtime.start(order, { runId: 'order 1' });
  for (const item of ['teapot', 'kettle']) await run.send({ type: 'ADD', item });
  await run.send({ type: 'ORDER' });
  await untilEvent(run, 'interrupt.requested');
  const [asked] = await run.interrupts.list();
  if (asked === undefined) throw new Error('Nobody was asked.');
  console.log(asked.question);
  await run.interrupts.resolve(asked.id, asked.token, true);
  for await (const { event } of run.events()) if (event['to'] === 'returnable') break;
}
console.log('the program ends, and starts again two weeks later');
now += 14 * DAY;
{
  await using runtime = await open();
  const run = await runtime.get('order 1');
  console.log(await run.result());
  for await (const { event } of run.events()) {
    if (event.type === 'machine.transitioned') console.log(event['from'], '->', event['to']);
    if (event.type === 'log') console.log(event['message']);
  }
}

// prints:
// Do we have teapot and kettle?
// the card is charged for 2 items
// the program ends, and starts again two weeks later
// [ 'teapot', 'kettle' ]
// null -> shopping
// shopping -> shopping
// shopping -> shopping
// shopping -> checking
// checking -> paying
// paying -> returnable
// returnable -> closed
// no more returns
