import type { LeftRun, Runtime, RuntimeReport } from '../../index.ts';
import { EXIT } from '../cli-error.ts';
import type { Command, CommandContext } from '../command.ts';
import { isProcessAlive } from '../process/process-group.ts';
import { lastProcessOf, type RecordedProcess } from '../recorded-process.ts';
import { statusText } from '../run-standing.ts';
import { storedEvents } from '../runs.ts';
import { serverOf } from '../server-address.ts';
import { commandLine, withStore } from '../store.ts';
import { counted, cutTo, oneLine, padTo, quoteCommand } from '../terminal/text.ts';
import { duration } from '../terminal/time.ts';

const LABEL_COLUMNS = 16;

/** A run that nobody has taken for this long, in milliseconds, is not about to be. */
const LEFT_FOR_LONG_MS = 15 * 60_000;

/** A run that nobody works on any more, and what became of its process. */
interface LeftBehind {
  readonly info: LeftRun;
  readonly lastEvent: string;
  readonly process: RecordedStanding | null;
}

interface RecordedStanding extends RecordedProcess {
  /** null: nobody knows, as it is one of the server's machine. */
  readonly alive: boolean | null;
}

/** `runchart doctor`: how the store is, and which runs were left behind. */
export const doctor: Command = {
  name: 'doctor',
  operands: '',
  summary: 'Look at the store, and at the runs that were left behind',
  details: [
    'Exit code 1 when the store is missing, something is wrong with it, or a run that somebody should drive has',
    'been left for 15 minutes. With --server the processes of runs are not looked for, as they are not of this',
    'machine.',
  ],
  options: {},
  minPositionals: 0,
  maxPositionals: 0,
  run: (context) =>
    withStore(context, async (runtime) => {
      const { stdout, options } = context;
      const found = await runtime.diagnose();
      const forLong = leftForLong(found.abandoned, Date.now());
      const report = { ...found, problems: [...found.problems, ...forLong] };
      const isHere = serverOf(context) === undefined;
      const left = await Promise.all(report.abandoned.map((info) => lookAt(runtime, info, isHere)));
      const text =
        options['json'] === true
          ? JSON.stringify({ node: process.version, ...report, abandoned: left }, null, 2)
          : page(context, report, left).join('\n');
      await stdout.write(`${text}\n`);
      return report.problems.length === 0 ? EXIT.ok : EXIT.failed;
    }),
};

/** A sentence for each run that somebody should drive, and that nobody does for long. */
function leftForLong(left: readonly LeftRun[], nowMs: number): readonly string[] {
  return left.flatMap(({ snapshot, owner, why }) => {
    const { runId, waiting, updatedAtMs } = snapshot;
    const sinceMs = Math.max(waiting?.wakeAtMs ?? 0, updatedAtMs);
    // It waits for its turn, however long an older run of its session takes.
    const isBehind = / once run \S+ of its session is over$/.test(why);
    if (isBehind || nowMs - sinceMs < LEFT_FOR_LONG_MS) return [];
    const whose = owner === null ? 'nobody drives it' : `its owner ${owner.id} is dead`;
    return [`run ${runId}: ${whose}, for ${duration(nowMs - sinceMs)}: ${oneLine(why)}`];
  });
}

async function lookAt(runtime: Runtime, info: LeftRun, isHere: boolean): Promise<LeftBehind> {
  const run = await runtime.get(info.snapshot.runId);
  const recorded = await lastProcessOf(run);
  let lastEvent = '';
  for await (const { event } of storedEvents(run, info.snapshot.eventCount - 1))
    lastEvent = event.type;
  const alive = isHere ? recorded !== undefined && isProcessAlive(recorded.pid) : null;
  return { info, lastEvent, process: recorded === undefined ? null : { ...recorded, alive } };
}

function page(
  context: CommandContext,
  { location, facts, problems }: RuntimeReport,
  left: readonly LeftBehind[],
): string[] {
  const { style } = context.stdout;
  // Engines have facts of their own, with names of any length.
  const columns = Math.max(LABEL_COLUMNS, ...Object.keys(facts).map((name) => name.length + 2));
  const fact = ([name, value]: readonly [string, string | number | null]): string =>
    style('dim', padTo(name, columns)) + String(value ?? 'not to be read');
  return [
    ...([['location', location], ['node', process.version], ...Object.entries(facts)] as const).map(
      fact,
    ),
    '',
    problems.length === 0
      ? style('green', 'no problems')
      : style('red', `${counted(problems.length, 'problem')}:`),
    ...problems.map((problem) => `  ${problem}`),
    left.length === 0
      ? 'no runs left behind'
      : style(
          'magenta',
          `${counted(left.length, 'run')} left behind, with nobody working on them:`,
        ),
    ...left.flatMap((one) => leftLines(context, one)),
  ];
}

function leftLines(
  context: CommandContext,
  { info, lastEvent, process: recorded }: LeftBehind,
): string[] {
  const { stdout } = context;
  const { runId, prompt, updatedAtMs } = info.snapshot;
  const width = stdout.columns();
  const cut = (text: string): string => (width === undefined ? text : cutTo(text, width - 4));
  return [
    `  ${stdout.style('bold', runId)}  ${statusText(info)}`,
    `    ${cut(oneLine(prompt))}`,
    `    ${cut(oneLine(info.why))}`,
    `    ${cut(`last event ${lastEvent}, ${duration(Date.now() - updatedAtMs)} ago`)}`,
    ...(recorded === null ? [] : processLines(recorded)),
    `    to end it: ${commandLine(context, 'cancel', runId)}`,
  ];
}

/** Ids of processes are used again, so more than this cannot be said. */
function processLines({ pid, command, alive }: RecordedStanding): string[] {
  if (alive === null) return [`    its process was ${pid}, on the machine that it was started on`];
  if (!alive) return [`    its process ${pid} is gone`];
  return [
    `    a process with the id ${pid} is there, as its ${oneLine(quoteCommand(command.slice(0, 1)))} had:`,
    `    look at it with: ps -o pid,pgid,lstart,args -p ${pid}`,
  ];
}
