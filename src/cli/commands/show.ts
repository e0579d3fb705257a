import { EXIT } from '../cli-error.ts';
import type { Command } from '../command.ts';
import { detailsOf } from '../run-details.ts';
import { runPage } from '../run-page.ts';
import { openRun } from '../runs.ts';
import { commandLine, withStore } from '../store.ts';

/** `runchart show RUN`: everything about one run. */
export const show: Command = {
  name: 'show',
  operands: 'RUN',
  summary: 'Show everything about one run',
  details: [
    'With --json: snapshot, owner and isStalled as ls prints them, and children, forks, checkpoints, interrupts.',
  ],
  options: {},
  minPositionals: 1,
  maxPositionals: 1,
  run: (context) =>
    withStore(context, async (runtime) => {
      const { run, info } = await openRun(runtime, context.positionals[0] ?? '');
      const { stdout } = context;
      const details = await detailsOf(runtime, run, info);
      if (context.options['json'] === true) {
        await stdout.write(`${JSON.stringify(details, null, 2)}\n`);
        return EXIT.ok;
      }
      const lines = await runPage(run, details, stdout, (...words) =>
        commandLine(context, ...words),
      );
      await stdout.write(`${lines.join('\n')}\n`);
      return EXIT.ok;
    }),
};
