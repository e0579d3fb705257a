import type { RunChange, RunInfo } from '../../index.ts';
import { statusText } from '../run-standing.ts';
import { cutTo, oneLine, padTo } from '../terminal/text.ts';
import { timeOfDay } from '../terminal/time.ts';
import type { WatchOptions } from './drive-watch.ts';
import { isMeant } from './run-list.ts';

/** The longest prompt in a line, in columns. */
const MAX_PROMPT = 80;
const STATUS_COLUMNS = 12;

/** Tells of each change in a line of its own, as text or as JSON, until a signal comes. */
export async function watchLines({
  runtime,
  filter,
  stdout,
  interrupted,
  isJson,
}: WatchOptions): Promise<void> {
  const signal = AbortSignal.any([interrupted, stdout.closed]);
  for await (const change of runtime.changes({ signal })) {
    if (change.kind === 'changed' && !isMeant(change.run, filter)) continue;
    await stdout.write(`${isJson ? JSON.stringify(change) : changeLine(change)}\n`);
  }
}

function changeLine(change: RunChange): string {
  if (change.kind === 'missed')
    return 'so many runs changed that some are not told: list them again';
  return change.kind === 'gone' ? `${oneLine(change.runId)}  deleted` : runLine(change.run);
}

function runLine(info: RunInfo): string {
  const { runId, updatedAtMs, eventCount, prompt, definition } = info.snapshot;
  const about = cutTo(oneLine(prompt || (definition ?? '')), MAX_PROMPT);
  const status = padTo(statusText(info), STATUS_COLUMNS);
  return `${timeOfDay(updatedAtMs)}  ${oneLine(runId)}  ${status} ${eventCount}  ${about}`.trimEnd();
}
