/**
 * Waits until somebody else has put a file where it is looked for, such as a build that another machine makes.
 * Between two looks the run is let go of. A deadline, given when it is started, ends it with RUN_TIMEOUT.
 */
import { stat } from 'node:fs/promises';
import { defineRun } from 'runchart';
import { z } from 'zod';

export const awaitFile = defineRun({
  name: 'await-file',
  version: '1',
  input: z.object({ path: z.string(), everyMs: z.int().positive() }),
  execute: async ({ input: { path, everyMs }, step, sleepUntil, outputs, heartbeat }) => {
    for (let looks = 1; ; looks += 1) {
      const found = await step('look', async () => {
        const size = await stat(path).then(
          (stats) => stats.size,
          () => null,
        );
        return { size, atMs: Date.now() };
      });
      if (found.size !== null) return { looks, bytes: found.size };
      await heartbeat({ looks });
      await outputs.progress('waiting', `looked ${looks} times`);
      await sleepUntil(found.atMs + everyMs);
    }
  },
});
