import { setTimeout as sleep } from 'node:timers/promises';
import { defineRun } from '../../../src/index.ts';

/** Does so many steps, and can be told to stop. */
const steps = defineRun<{ readonly steps: number; readonly ms: number }>({
  name: 'steps',
  execute: async ({ input, step, signal }) => {
    for (let n = 0; n < input.steps; n += 1) {
      await step(`step ${n}`, async () => sleep(input.ms, n, { signal }));
    }
  },
});

/** Hears no signal. */
const deaf = defineRun<{ readonly ms: number }>({
  name: 'deaf',
  execute: async ({ input, step }) => {
    await step('long', async () => sleep(input.ms, null));
  },
});

/** Has a part done by another run. */
const whole = defineRun<{ readonly steps: number; readonly ms: number }>({
  name: 'whole',
  execute: async ({ input, child, step }) => {
    await step('before', async () => sleep(input.ms, null));
    await child(steps, input);
  },
});

export const definitions = [steps, deaf, whole];
