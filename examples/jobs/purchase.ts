/**
 * A purchase is a state machine: two departments look at it side by side, one of them asks a person, the other
 * takes its time. Who does not answer is reminded. Then it is ordered, and may be returned for two weeks.
 */
import { defineRun, fromInterrupt } from 'runchart';
import { assign, fromPromise, log, setup } from 'xstate';

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

type Item = { readonly name: string; readonly price: number; readonly count: number };

const machine = setup({
  // oxlint-disable-next-line typescript/no-unnecessary-type-assertion -- the way of XState to give types
  types: {} as {
    context: {
      items: readonly Item[];
      total: number;
      approvedBy: readonly string[];
      receipt: string | null;
    };
    input: { items: readonly Item[] };
    events: { type: 'SUBMIT' } | { type: 'CONTRACT_READ' } | { type: 'RETURN' };
  },
  actors: {
    addUp: fromPromise<number, readonly Item[]>(async ({ input: items }) =>
      items.reduce((sum, { price, count }) => sum + price * count, 0),
    ),
    placeOrder: fromPromise<string, number>(async ({ input: total }) => `order of ${total} euros`),
    ask: fromInterrupt<boolean>(),
  },
}).createMachine({
  id: 'purchase',
  context: ({ input }) => ({ items: input.items, total: 0, approvedBy: [], receipt: null }),
  initial: 'drafting',
  output: ({ context: { total, receipt } }) => ({ total, receipt }),
  states: {
    drafting: { on: { SUBMIT: 'reviewing' } },
    reviewing: {
      type: 'parallel',
      states: {
        budget: {
          initial: 'adding',
          states: {
            adding: {
              invoke: {
                id: 'sum',
                src: 'addUp',
                input: ({ context }) => context.items,
                onDone: {
                  target: 'asking',
                  actions: assign({ total: ({ event }) => event.output }),
                },
              },
            },
            asking: {
              invoke: {
                id: 'budget holder',
                src: 'ask',
                input: ({ context }) => ({
                  question: `May ${context.total} euros be spent on ${context.items.map(({ name }) => name).join(' and ')}?`,
                  schema: { type: 'boolean' },
                }),
                onDone: [
                  {
                    guard: ({ event }) => event.output,
                    target: 'granted',
                    actions: assign({
                      approvedBy: ({ context }) => [...context.approvedBy, 'budget'],
                    }),
                  },
                  { target: '#purchase.refused' },
                ],
              },
              initial: 'patient',
              states: {
                patient: { after: { [4 * HOUR]: 'reminded' } },
                reminded: { entry: log('the budget holder is reminded') },
              },
            },
            granted: { type: 'final' },
          },
        },
        legal: {
          initial: 'queued',
          states: {
            queued: { after: { 300: 'reading' } },
            reading: {
              entry: log('the contract is being read'),
              on: {
                CONTRACT_READ: {
                  target: 'cleared',
                  actions: assign({
                    approvedBy: ({ context }) => [...context.approvedBy, 'legal'],
                  }),
                },
              },
            },
            cleared: { type: 'final' },
          },
        },
      },
      onDone: 'ordering',
    },
    ordering: {
      invoke: {
        id: 'order',
        src: 'placeOrder',
        input: ({ context }) => context.total,
        onDone: {
          target: 'returnable',
          actions: assign({ receipt: ({ event }) => event.output }),
        },
      },
    },
    returnable: { on: { RETURN: 'returned' }, after: { [14 * DAY]: 'closed' } },
    returned: { type: 'final' },
    refused: { type: 'final' },
    closed: { type: 'final' },
  },
});

export const purchase = defineRun({ name: 'purchase', version: '1', machine });
