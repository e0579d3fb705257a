import type { Run, RunSnapshot } from '../index.ts';
import { isTerminal } from '../machines/index.ts';
import { partialText } from './partial-text.ts';
import type { RunDetails } from './run-details.ts';
import { type Row, rowsOf } from './run-rows.ts';
import { isLeftBehind, statusText } from './run-standing.ts';
import { storedEvents } from './runs.ts';
import type { Sink } from './terminal/sink.ts';
import { paintStatus } from './terminal/status-style.ts';
import { cutTo, oneLine, padTo } from './terminal/text.ts';

/** How many of the last output lines are shown. */
const LAST_LINES = 8;
/** How far back in the log they are looked for. */
const LOOK_BACK_EVENTS = 100;
const LABEL_COLUMNS = 16;

type CommandLine = (...words: string[]) => string;

/** One run as a page of text: what it is, how it went, its last words, and what to look at next. */
export async function runPage(
  run: Run,
  details: RunDetails,
  sink: Sink,
  commandLine: CommandLine,
): Promise<string[]> {
  const { snapshot } = details;
  const width = sink.columns();
  const cut = (text: string, room: number): string =>
    width === undefined ? text : cutTo(text, room);
  const line = ([label, text]: Row): string => {
    const shown = cut(oneLine(text), (width ?? 0) - LABEL_COLUMNS);
    return sink.style('dim', padTo(label, LABEL_COLUMNS)) + shown;
  };
  const status = paintStatus(sink, snapshot.status, statusText(details), isLeftBehind(details));
  const outputs = await lastLines(run, snapshot);
  return [
    `${sink.style('bold', snapshot.runId)}  ${status}`,
    ...(await rowsOf(run, details)).map(line),
    ...section(sink, 'checks', checkLines(sink, snapshot, cut, width)),
    ...section(
      sink,
      'last output',
      outputs.map(([producer, text]) => {
        const head = sink.style('dim', padTo(producer, 7));
        return `  ${head} ${cut(oneLine(text), (width ?? 0) - 10)}`;
      }),
    ),
    '',
    ...hints(details).map((words) => `${sink.style('dim', 'next:')} ${commandLine(...words)}`),
  ];
}

function checkLines(
  sink: Sink,
  { verification }: RunSnapshot,
  cut: (text: string, room: number) => string,
  width: number | undefined,
): string[] {
  return (verification?.checks ?? []).map(({ name, status, required, evidence }) => {
    const mark = padTo(status, 12);
    const good = status === 'passed' ? 'green' : status === 'failed' ? 'red' : 'yellow';
    const about = evidence === undefined ? '' : `  ${JSON.stringify(evidence)}`;
    const text = oneLine(`${name}${required ? '' : ' (optional)'}${about}`);
    return `  ${sink.style(good, mark)} ${cut(text, (width ?? 0) - 15)}`;
  });
}

function section(sink: Sink, title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', sink.style('bold', title), ...lines];
}

/** From the end of the log, so that a run with a million lines is shown as fast as one with ten. */
async function lastLines(
  run: Run,
  { eventCount }: RunSnapshot,
): Promise<(readonly [string, string])[]> {
  const ids: string[] = [];
  for await (const { event } of storedEvents(run, Math.max(0, eventCount - LOOK_BACK_EVENTS))) {
    const { type, outputId, kind } = event;
    if (type === 'output.appended' && kind === 'partial' && typeof outputId === 'string')
      ids.push(outputId);
  }
  const records = await Promise.all(ids.slice(-LAST_LINES).map((id) => run.outputs.get(id)));
  return records.map((record) => [record.producer, partialText(record)]);
}

function hints(details: RunDetails): string[][] {
  const { runId, status, lateCount } = details.snapshot;
  const state = details.checkpoints.count > 0 ? [['checkpoints', runId]] : [];
  const why = status !== 'completed' || lateCount > 0 ? [['explain', runId]] : [];
  if (isTerminal(status)) return [['outputs', runId], ['events', runId], ...state, ...why];
  const answer = details.interrupts.length > 0 ? [['interrupts', runId]] : [];
  const look = isLeftBehind(details) ? ['doctor'] : ['events', runId, '--follow'];
  return [...answer, look, ...state, ['cancel', runId]];
}
