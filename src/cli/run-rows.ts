import type { Run, RunFailure, RunSnapshot } from '../index.ts';
import { isTerminal } from '../machines/index.ts';
import type { Relative, RunDetails } from './run-details.ts';
import { isDeadline } from './run-standing.ts';
import { storedEvents } from './runs.ts';
import { counted } from './terminal/text.ts';
import { dateTime, duration, fromNow } from './terminal/time.ts';

/** Relatives that are named; `ls --parent` and `ls --fork-of` list them all. */
const MAX_NAMED = 3;
/** Causes of an error that are told of. */
const MAX_CAUSES = 5;

export type Row = readonly [label: string, text: string];

/** The facts of a run, one per row. */
export async function rowsOf(run: Run, details: RunDetails): Promise<Row[]> {
  const { snapshot, owner } = details;
  const { runId, sessionId, prompt, definition, version } = snapshot;
  const rows: Row[] = [['prompt', prompt === '' ? '-' : prompt]];
  if (definition !== null) {
    rows.push(['definition', version === null ? definition : `${definition}, version ${version}`]);
  }
  rows.push(['session', sessionId === runId ? '-' : sessionId], ...(await times(run, snapshot)));
  rows.push(...deadline(snapshot), ...lineage(details), ...waits(details));
  if (owner !== null) rows.push(['owner', `${owner.id}${owner.alive ? '' : ', gone'}`]);
  rows.push(['epoch, attempt', `${snapshot.epoch}, ${snapshot.attempt}`]);
  rows.push(['events', countText(snapshot)], ...checkpoints(details));
  return [...rows, ...ending(snapshot)];
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

function deadline({ deadlineAtMs, status }: RunSnapshot): Row[] {
  if (deadlineAtMs === null) return [];
  const away = isTerminal(status) ? '' : `, ${fromNow(deadlineAtMs)}`;
  return [['deadline', `${dateTime(deadlineAtMs)}${away}`]];
}

function lineage({ snapshot, children, forks }: RunDetails): Row[] {
  const { parentRunId, forkedFrom } = snapshot;
  const rows: Row[] = [];
  if (parentRunId !== null) rows.push(['parent', parentRunId]);
  if (children.length > 0) rows.push(['children', relativesText(children)]);
  if (forkedFrom !== null) {
    const { runId, superStep, version } = forkedFrom;
    rows.push(['forked from', `${runId}, super-step ${superStep}, version ${version}`]);
  }
  if (forks.length > 0) rows.push(['forks', relativesText(forks)]);
  return rows;
}

function relativesText(relatives: readonly Relative[]): string {
  const named = relatives.slice(0, MAX_NAMED).map(({ runId, status }) => `${runId} ${status}`);
  const more = relatives.length > MAX_NAMED ? ', …' : '';
  return `${relatives.length}: ${named.join(', ')}${more}`;
}

/** Everything that the run waits for: any one of these makes it go on. */
function waits({ snapshot, interrupts }: RunDetails): Row[] {
  const { waiting, definition } = snapshot;
  const answers = interrupts.map(({ id, question }): Row => {
    return ['waits for', `an answer to ${id}: ${question}`];
  });
  if (waiting === null || waiting.parked === null) return answers;
  const { wakeAtMs } = waiting;
  if (wakeAtMs === null || isDeadline(snapshot, wakeAtMs)) {
    return answers.length > 0 ? answers : [['waits for', 'a signal']];
  }
  const next: Row =
    wakeAtMs <= Date.now()
      ? ['waits for', `a program with "${definition ?? ''}" registered, to go on with it`]
      : ['waits for', `${dateTime(wakeAtMs)}, ${fromNow(wakeAtMs)}`];
  return [...answers, next];
}

function countText({ eventCount, lateCount }: RunSnapshot): string {
  return lateCount === 0 ? String(eventCount) : `${eventCount}, ${lateCount} of them late`;
}

function checkpoints({ checkpoints: { count, last } }: RunDetails): Row[] {
  if (last === null) return [];
  const { superStep, version, label } = last;
  const about = `super-step ${superStep}, version ${version}${label === null ? '' : `, ${label}`}`;
  return [['checkpoints', `${counted(count, 'version')}, the last: ${about}`]];
}

function ending({ status, result, error, cancelReason }: RunSnapshot): Row[] {
  if (status === 'completed') return [['result', JSON.stringify(result)]];
  if (status === 'cancelled') return [['reason', cancelReason ?? 'none given']];
  if (error === null) return [];
  const rows: Row[] = [['error', failureText(error)]];
  for (let { cause } = error; cause !== undefined && rows.length <= MAX_CAUSES; { cause } = cause) {
    rows.push(['caused by', failureText(cause)]);
  }
  return rows;
}

function failureText({ code, name, message }: RunFailure): string {
  return `${code ?? name}: ${message}`;
}
