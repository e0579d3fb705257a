import type { OutputRecord, Run, RunInfo, RunSnapshot } from '../index.ts';
import { isTerminal } from '../machines/index.ts';
import { isLeftBehind, statusText, storedEvents } from './runs.ts';
import type { Sink } from './terminal/sink.ts';
import { paintStatus } from './terminal/status-style.ts';
import { cutTo, oneLine, padTo } from './terminal/text.ts';
import { dateTime, duration } from './terminal/time.ts';

/** How many of the last output lines are shown. */
const LAST_LINES = 8;
/** How far back in the log they are looked for. */
const LOOK_BACK_EVENTS = 100;
const LABEL_COLUMNS = 16;

type CommandLine = (...words: string[]) => string;
type Row = readonly [label: string, text: string];

/** One run as a page of text: what it is, how it went, its last words, and what to look at next. */
export async function runPage(
  run: Run,
  info: RunInfo,
  sink: Sink,
  commandLine: CommandLine,
): Promise<string[]> {
  const { snapshot } = info;
  const width = sink.columns();
  const cut = (text: string, room: number): string =>
    width === undefined ? text : cutTo(text, room);
  const line = ([label, text]: Row): string => {
    const shown = cut(oneLine(text), (width ?? 0) - LABEL_COLUMNS);
    return sink.style('dim', padTo(label, LABEL_COLUMNS)) + shown;
  };
  const status = paintStatus(sink, snapshot.status, statusText(info), isLeftBehind(info));
  const outputs = await lastLines(run, snapshot);
  return [
    `${sink.style('bold', snapshot.runId)}  ${status}`,
    ...(await rowsOf(run, info)).map(line),
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
    ...hints(info).map((words) => `${sink.style('dim', 'next:')} ${commandLine(...words)}`),
  ];
}

async function rowsOf(run: Run, { snapshot, owner }: RunInfo): Promise<Row[]> {
  const { runId, sessionId, prompt, definition, result, error, cancelReason } = snapshot;
  const rows: Row[] = [['prompt', prompt === '' ? '-' : prompt]];
  if (definition !== null) rows.push(['definition', definition]);
  rows.push(['session', sessionId === runId ? '-' : sessionId], ...(await times(run, snapshot)));
  if (owner !== null) rows.push(['owner', `${owner.id}${owner.alive ? '' : ', gone'}`]);
  rows.push(['epoch, attempt', `${snapshot.epoch}, ${snapshot.attempt}`]);
  rows.push(['events', countText(snapshot)]);
  if (snapshot.status === 'completed') rows.push(['result', JSON.stringify(result)]);
  if (error !== null) rows.push(['error', `${error.code ?? error.name}: ${error.message}`]);
  if (snapshot.status === 'cancelled') rows.push(['reason', cancelReason ?? 'none given']);
  return rows;
}

/** The end of a run is the event that decided it; what came later does not make it longer. */
async function times(run: Run, snapshot: RunSnapshot): Promise<Row[]> {
  const { createdAtMs, updatedAtMs, status, eventCount, lateCount } = snapshot;
  const created: Row = ['created', dateTime(createdAtMs)];
  if (!isTerminal(status)) {
    return [
      created,
      ['last event', `${dateTime(updatedAtMs)}, ${duration(Date.now() - updatedAtMs)} ago`],
    ];
  }
  const page = storedEvents(run, eventCount - lateCount - 1);
  const { value: last } = await page.next();
  await page.return();
  const endedAtMs = last?.emittedAtMs ?? updatedAtMs;
  return [created, ['ended', `${dateTime(endedAtMs)}, after ${duration(endedAtMs - createdAtMs)}`]];
}

function countText({ eventCount, lateCount }: RunSnapshot): string {
  return lateCount === 0 ? String(eventCount) : `${eventCount}, ${lateCount} of them late`;
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

function partialText({ event }: OutputRecord): string {
  if (event.type !== 'partial') return '';
  if (event.chunk.kind === 'file') return event.chunk.path;
  const { value } = event.chunk;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function hints(info: RunInfo): string[][] {
  const { runId, status } = info.snapshot;
  if (isLeftBehind(info)) return [['doctor'], ['cancel', runId]];
  if (!isTerminal(status))
    return [
      ['events', runId, '--follow'],
      ['cancel', runId],
    ];
  return [
    ['outputs', runId],
    ['events', runId],
  ];
}
