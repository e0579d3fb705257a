import fc from 'fast-check';
import { expect, it } from 'vitest';
import { assign, createActor, createMachine, raise } from 'xstate';
import { defineRun } from '../../src/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { eventually, logOf, open } from '../support/runtime/helpers.ts';

/** A machine with a bit of everything that is pure. */
const rich = createMachine({
  id: 'rich',
  type: 'parallel',
  context: { n: 0, log: [] as string[] },
  on: { LOG: { actions: assign({ log: ({ context }) => [...context.log, 'root'] }) } },
  states: {
    counter: {
      initial: 'low',
      states: {
        low: { always: { guard: ({ context }) => context.n >= 3, target: 'high' } },
        high: {
          always: { guard: ({ context }) => context.n < 3, target: 'low' },
          entry: raise({ type: 'LOG' }),
        },
      },
      on: {
        UP: { actions: assign({ n: ({ context }) => context.n + 1 }) },
        DOWN: {
          guard: ({ context }) => context.n > 0,
          actions: assign({ n: ({ context }) => context.n - 1 }),
        },
      },
    },
    player: {
      initial: 'paused',
      states: {
        paused: { on: { PLAY: 'playing' } },
        playing: {
          initial: 'one',
          states: {
            one: { on: { NEXT: 'two' } },
            two: { initial: 'x', states: { x: { on: { NEXT: 'y' } }, y: {} } },
            shallow: { type: 'history' },
            deep: { type: 'history', history: 'deep' },
          },
          on: { PLAY: 'paused' },
          exit: assign({ log: ({ context }) => [...context.log, 'left'] }),
        },
      },
      on: { BACK: '.playing.shallow', DEEP: '.playing.deep' },
    },
    end: {
      initial: 'running',
      states: { running: { on: { END: 'ended' } }, ended: { type: 'final' } },
      onDone: { actions: assign({ log: ({ context }) => [...context.log, 'end'] }) },
    },
  },
});

it('a machine that is restarted between any two events is where XState would be without', async () => {
  const types = ['UP', 'DOWN', 'PLAY', 'NEXT', 'BACK', 'DEEP', 'LOG', 'END', 'UNKNOWN'];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(...types), fc.boolean()), { minLength: 1, maxLength: 12 }),
      async (script) => {
        const actor = createActor(rich).start();
        const stores = memory();
        await stores.open();
        const definitions = [defineRun({ name: 'rich', machine: rich })];
        let runtime = await open({ stores, definitions });
        const { id } = await runtime.start('rich');
        const signals = script.map(([type]) => ({ type }));
        for (const [i, event] of signals.entries()) {
          actor.send(event);
          const run = await runtime.get(id);
          await run.send(event);
          await eventually(async () => {
            const log = await logOf(stores, id);
            return log.some(
              ({ event: { cause } }) => (cause as { index?: number } | undefined)?.index === i,
            );
          });
          if (script[i]?.[1] !== true) continue;
          await runtime.close({ graceMs: 0 });
          runtime = await open({ stores, definitions });
        }
        await runtime.close();
        const { value, context } = actor.getSnapshot();
        const kept = (await stores.checkpoints.latest({ definition: 'rich', runId: id }))?.values;
        expect(kept).toMatchObject({
          'context.n': context.n,
          'context.log': context.log,
          machine: { value },
        });
        await stores.close();
      },
    ),
    { numRuns: 30 },
  );
}, 120_000);
