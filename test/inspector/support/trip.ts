import { appendList, defineRun, lastWriteWins } from 'runchart';
import { z } from 'zod';

/** Where a trip waits until it may go on. */
type Stop = 'plan' | 'map' | 'room' | 'money';

/** Trips that a test lets go on, one stop after the other. */
export interface Trips {
  /** A run with a plan, steps, outputs, two checkpoints, a question and a verification. */
  readonly definition: ReturnType<typeof tripWith>;
  /** From now on trips to a town wait at each stop. Others never do. */
  hold(town: string): void;
  /** Lets those that wait there go on. */
  pass(town: string, stop: Stop): void;
}

export function createTrips(): Trips {
  const held = new Map<string, PromiseWithResolvers<void>>();
  const keyOf = (town: string, stop: Stop): string => `${town}: ${stop}`;
  return {
    definition: tripWith(async (town, stop) => held.get(keyOf(town, stop))?.promise),
    hold: (town) => {
      for (const stop of ['plan', 'map', 'room', 'money'] as const)
        held.set(keyOf(town, stop), Promise.withResolvers());
    },
    pass: (town, stop) => held.get(keyOf(town, stop))?.resolve(),
  };
}

const Town = z.object({ town: z.string().describe('Where it goes') });

// oxlint-disable-next-line typescript/explicit-module-boundary-types -- its type is what it is made of
function tripWith(atStop: (town: string, stop: Stop) => Promise<void>) {
  return defineRun({
    name: 'trip',
    version: '1',
    input: Town,
    state: {
      places: appendList({ initial: [] }),
      budget: lastWriteWins({ schema: z.number(), initial: 100 }),
    },
    plan: async ({ input: { town } }) => {
      await atStop(town, 'plan');
      return { to: town };
    },
    execute: async ({ input: { town }, step, state, checkpoint, outputs, interrupt }) => {
      await step('read the map', () => atStop(town, 'map'));
      await outputs.artifact('map', { town, streets: ['long', 'short'] });
      await state.update({ places: ['station'], budget: 90 });
      await checkpoint('arrived');
      await step('find a room', () => atStop(town, 'room'));
      await outputs.artifact('room', { number: 12 });
      await state.update({ places: ['inn'], budget: 60 });
      await checkpoint('has a room');
      const { stay } = await interrupt({
        name: 'stay',
        question: 'One more night?',
        schema: z.object({ stay: z.boolean() }),
      });
      return { town, stay, left: state.get('budget') };
    },
    // Not a step, which would be work again.
    verify: async ({ input: { town }, check }) => {
      await atStop(town, 'money');
      check('the money was enough', true);
    },
  });
}
