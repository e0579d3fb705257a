import { EXIT } from '../cli-error.ts';
import type { Command } from '../command.ts';
import { runPage } from '../run-page.ts';
import { openRun } from '../runs.ts';
import { commandLine, withStore } from '../store.ts';

/** `runchart show RUN`: everything about one run. */
export const show: Command = {
  name: 'show',
  operands: 'RUN',
  summary: 'Show everything about one run',
  options: {},
  minPositionals: 1,
  maxPositionals: 1,
  run: (context) =>
    withStore(context, async (runtime) => {
      const { run, info } = await openRun(runtime, context.positionals[0] ?? '');
      const { stdout } = context;
      if (context.options['json'] === true) {
        await stdout.write(`${JSON.stringify(info, null, 2)}\n`);
        return EXIT.ok;
      }
      const lines = await runPage(run, info, stdout, (...words) => commandLine(context, ...words));
      await stdout.write(`${lines.join('\n')}\n`);
      return EXIT.ok;
    }),
};
