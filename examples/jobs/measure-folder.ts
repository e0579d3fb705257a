/** How many files and lines a folder of a repository has: the work of one child of `review-change`. */
import { defineRun } from 'runchart';
import { z } from 'zod';
import { listFiles, readFiles } from './repository.ts';

export const measureFolder = defineRun({
  name: 'measure-folder',
  version: '1',
  input: z.object({ repository: z.string(), folder: z.string() }),
  execute: async ({ input: { repository, folder }, step, outputs, log }) => {
    const paths = await step('find files', async () => {
      const found = await listFiles(repository, folder);
      await log(`${found.length} files below ${folder}`);
      return found;
    });
    const sizes = await step('count lines', async () => {
      const lines: Record<string, number> = {};
      for await (const file of readFiles(repository, paths)) lines[file.path] = file.lines;
      return lines;
    });
    const lines = Object.values(sizes).reduce((sum, count) => sum + count, 0);
    await outputs.artifact(`sizes of ${folder}`, sizes);
    return { folder, files: paths.length, lines };
  },
});
