import type { Run, RunInfo, Runtime } from '../../index.ts';
import { EXIT } from '../cli-error.ts';
import type { Command, CommandContext } from '../command.ts';
import { driveFollow } from '../follow/drive-follow.ts';
import { isScreen } from '../is-screen.ts';
import { detailsOf } from '../run-details.ts';
import { runPage } from '../run-page.ts';
import { openRun } from '../runs.ts';
import { withSignals } from '../signals.ts';
import { commandLine, withStore } from '../store.ts';

/** Between two looks at who drives the run that is followed. */
const INTERVAL_MS = 2_000;

/** `runchart show RUN`: everything about one run. */
export const show: Command = {
  name: 'show',
  operands: 'RUN',
  summary: 'Show everything about one run, or how it gets on until it is over',
  details: [
    'With --json: snapshot, owner and isStalled as ls prints them, and children, forks, checkpoints, interrupts.',
    'With --follow: its page in place, live, until the run is over; the exit code is that of its status. q',
    'leaves it, and Ctrl-C too. Into a pipe: what happens, line by line; with --json each line is one envelope.',
  ],
  options: {
    follow: { type: 'boolean', help: 'go on until the run is over' },
  },
  minPositionals: 1,
  maxPositionals: 1,
  run: (context) =>
    withStore(context, async (runtime) => {
      const { run, info } = await openRun(runtime, context.positionals[0] ?? '');
      return context.options['follow'] === true
        ? follow(context, runtime, run)
        : once(context, runtime, run, info);
    }),
};

function follow(context: CommandContext, runtime: Runtime, run: Run): Promise<number> {
  const { stdout, keys, options } = context;
  return withSignals((interrupted) =>
    driveFollow({
      runtime,
      run,
      intervalMs: INTERVAL_MS,
      stdout,
      keys,
      interrupted,
      isJson: options['json'] === true,
      isScreen: isScreen(context),
      now: Date.now,
      commandLine: (...words) => commandLine(context, ...words),
    }),
  );
}

async function once(
  context: CommandContext,
  runtime: Runtime,
  run: Run,
  info: RunInfo,
): Promise<number> {
  const { stdout, options } = context;
  const details = await detailsOf(runtime, run, info);
  const text =
    options['json'] === true
      ? JSON.stringify(details, null, 2)
      : (await runPage(run, details, stdout, (...words) => commandLine(context, ...words))).join(
          '\n',
        );
  await stdout.write(`${text}\n`);
  return EXIT.ok;
}
