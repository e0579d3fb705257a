import type { Checkpoint, CheckpointMeta, Run } from '../../index.ts';
import { EXIT } from '../cli-error.ts';
import type { Command, CommandContext } from '../command.ts';
import { wholeOf } from '../option-values.ts';
import { openRun } from '../runs.ts';
import { commandLine, withStore } from '../store.ts';
import type { Sink } from '../terminal/sink.ts';
import { tableLines } from '../terminal/table.ts';
import { oneLine } from '../terminal/text.ts';
import { dateTime } from '../terminal/time.ts';

/** `runchart checkpoints RUN`: the states that a run has kept. */
export const checkpoints: Command = {
  name: 'checkpoints',
  operands: 'RUN',
  summary: 'List the states that a run has kept, or print one',
  details: [
    'With --json each line is one: definition, runId, superStep, version, label (or null), createdAtMs;',
    'with --step it is the one, with its values by channel.',
  ],
  options: {
    step: {
      type: 'string',
      value: 'N',
      help: 'print the values of super-step N, its newest version',
    },
  },
  minPositionals: 1,
  maxPositionals: 1,
  run: (context) => {
    const step = wholeOf(context.options, 'step', 0);
    return withStore(context, async (runtime) => {
      const { run } = await openRun(runtime, context.positionals[0] ?? '');
      if (step !== undefined) await printOne(context, await run.checkpoints.load(step));
      else await printAll(context, run);
      return EXIT.ok;
    });
  },
};

async function printOne({ options, stdout }: CommandContext, found: Checkpoint): Promise<void> {
  const text =
    options['json'] === true ? JSON.stringify(found) : valueLines(stdout, found).join('\n');
  await stdout.write(`${text}\n`);
}

/** One line per channel, not cut: the values are what was asked for. */
function valueLines(stdout: Sink, { values, ...about }: Checkpoint): string[] {
  const { superStep, version, label, createdAtMs } = about;
  const name = label === null ? '' : `, ${oneLine(label)}`;
  const head = `super-step ${superStep}, version ${version}${name}, ${dateTime(createdAtMs)}`;
  const lines = Object.entries(values).map(
    ([channel, value]) =>
      `${stdout.style('bold', oneLine(channel))} ${oneLine(JSON.stringify(value))}`,
  );
  return [stdout.style('dim', head), ...(lines.length === 0 ? ['no channels'] : lines)];
}

async function printAll(context: CommandContext, run: Run): Promise<void> {
  const { options, stdout, stderr } = context;
  const kept = await run.checkpoints.list();
  if (options['json'] === true) {
    for (const one of kept) await stdout.write(`${JSON.stringify(one)}\n`);
    return;
  }
  const last = kept.at(-1);
  if (last === undefined) {
    await stderr.write('no checkpoints\n');
    return;
  }
  const lines = tableLines<CheckpointMeta>(
    [
      { title: 'STEP', cell: ({ superStep }) => String(superStep), alignRight: true },
      { title: 'VERSION', cell: ({ version }) => String(version), alignRight: true },
      { title: 'WHEN', cell: ({ createdAtMs }) => dateTime(createdAtMs), dropOrder: 1 },
      { title: 'LABEL', cell: ({ label }) => label ?? '-' },
    ],
    kept,
    { width: stdout.columns(), style: stdout.style },
  );
  await stdout.write(`${lines.join('\n')}\n`);
  const step = String(last.superStep);
  await stderr.write(
    `next: ${commandLine(context, 'checkpoints', run.id, '--step', step)}\n` +
      `next: ${commandLine(context, 'fork', run.id, '--step', step)}\n`,
  );
}
