import { type Evidence, type LoggedEvent, notesOf, type RunLog } from './evidence.ts';
import { endingOf } from './judge.ts';
import type { Disturbance, Figures } from './verdict.ts';

/** What a reader wants to know beside that nothing was lost. */
export function figuresOf(evidence: Evidence, disturbances: readonly Disturbance[]): Figures {
  const { runs } = evidence;
  const ends = Map.groupBy(runs, (run) => endingOf(run)?.type ?? 'active');
  const told = [...notesOf(evidence, 'cancelled')];
  const kills = disturbances.filter(({ kind }) => kind === 'kill');
  const stops = disturbances.filter(({ kind }) => kind === 'stop');
  const faults = Map.groupBy(notesOf(evidence, 'fault'), ({ code }) => code);
  const asked = [...notesOf(evidence, 'cancel')];
  return {
    runs: runs.length,
    'in shared sessions': runs.filter(({ runId, sessionId }) => runId !== sessionId).length,
    events: runs.reduce((sum, { events }) => sum + events.length, 0),
    'late events': runs.flatMap(({ events }) => events.filter(({ late }) => late)).length,
    'acknowledged events': count(notesOf(evidence, 'stored')),
    'events seen live': count(notesOf(evidence, 'seen')),
    completed: ends.get('run.completed')?.length ?? 0,
    cancelled: ends.get('run.cancelled')?.length ?? 0,
    failed: ends.get('run.failed')?.length ?? 0,
    attempts: runs.reduce((sum, run) => sum + attemptsOf(run).length, 0),
    kills: kills.length,
    stops: stops.length,
    'cancels asked for': asked.length,
    'cancels of runs without an owner': asked.filter(({ isOwned }) => !isOwned).length,
    'cancels that came too late': told.filter(({ outcome }) => outcome !== 'cancelled').length,
    'take-over after a kill, ms': spread(takeOvers(evidence, kills)),
    'take-over after a stop, ms': spread(takeOvers(evidence, stops)),
    'cancel until acknowledged, ms': spread(cancelAnswers(evidence)),
    'cancel until the owner aborts, ms': spread(cancelAborts(evidence, disturbances)),
    ...doubts(evidence),
    faults: [...faults].map(([code, all]) => `${code} ${all.length}`).join(', ') || 'none',
  };
}

function count(all: Iterable<unknown>): number {
  let found = 0;
  for (const _ of all) found += 1;
  return found;
}

/** The median and the worst of some times, in milliseconds. */
function spread(times: readonly number[]): string {
  if (times.length === 0) return 'none';
  const sorted = [...times].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return `${Math.round(median)} median, ${Math.round(sorted.at(-1) ?? 0)} worst, of ${sorted.length}`;
}

function attemptsOf({ events }: RunLog): readonly LoggedEvent[] {
  return events.filter(({ type }) => type === 'attempt.started');
}

/** From the moment a process was disturbed until the runs that it drove begin elsewhere. */
function takeOvers(evidence: Evidence, disturbances: readonly Disturbance[]): readonly number[] {
  const partOf = new Map<unknown, string>();
  for (const { by, runId, seq, type } of notesOf(evidence, 'stored')) {
    if (type !== 'attempt.started') continue;
    partOf.set(ownerAt(evidence, runId, seq), by);
  }
  const times: number[] = [];
  for (const run of evidence.runs) {
    const endMs = endingOf(run)?.atMs ?? Number.POSITIVE_INFINITY;
    const attempts = attemptsOf(run);
    for (const [i, { atMs, event }] of attempts.entries()) {
      const next = attempts[i + 1];
      // What was let go of waits for its instant, or for somebody who begins it: nobody took it over.
      const isLetGo = run.events.some(
        (other) => other.type === 'attempt.ended' && other.event['attempt'] === event['attempt'],
      );
      if (next === undefined || isLetGo || next.event['owner'] === event['owner']) continue;
      const blow = disturbances.find(
        ({ part, fromMs, toMs, kind }) =>
          partOf.get(event['owner']) === part &&
          fromMs >= atMs &&
          fromMs <= next.atMs &&
          // Of one that goes on by then it is no consequence.
          (kind === 'kill' || (toMs !== null && toMs >= next.atMs)),
      );
      if (blow !== undefined && next.atMs <= endMs) times.push(next.atMs - blow.fromMs);
    }
  }
  return times;
}

const logs = new WeakMap<Evidence, Map<string, RunLog>>();

function ownerAt(evidence: Evidence, runId: string, seq: number): unknown {
  const known = logs.get(evidence) ?? new Map(evidence.runs.map((run) => [run.runId, run]));
  logs.set(evidence, known);
  return known.get(runId)?.events[seq - 1]?.event['owner'];
}

function cancelAnswers(evidence: Evidence): readonly number[] {
  const asked = new Map<string, number>();
  for (const { by, runId, atMs } of notesOf(evidence, 'cancel')) asked.set(`${by} ${runId}`, atMs);
  return [...notesOf(evidence, 'cancelled')].map(
    ({ by, runId, atMs }) => atMs - (asked.get(`${by} ${runId}`) ?? atMs),
  );
}

/** Until the code of the run was told to stop, where its process was alive and went on all the time. */
function cancelAborts(evidence: Evidence, disturbances: readonly Disturbance[]): readonly number[] {
  const asked = new Map([...notesOf(evidence, 'cancel')].map(({ runId, atMs }) => [runId, atMs]));
  const ended = new Map(evidence.runs.map((run) => [run.runId, endingOf(run)]));
  const times: number[] = [];
  for (const { by, runId, atMs, epoch } of notesOf(evidence, 'aborted')) {
    const end = ended.get(runId);
    const fromMs = asked.get(runId);
    // An earlier owner that finds out that it was taken over is no answer to the cancel.
    const isLast = epoch === (end?.epoch ?? 0) - 1;
    if (end?.type !== 'run.cancelled' || fromMs === undefined || atMs < fromMs || !isLast) continue;
    const wasStill = disturbances.some(
      (blow) => blow.part === by && blow.fromMs <= atMs && (blow.toMs ?? atMs) >= fromMs,
    );
    if (!wasStill) times.push(atMs - fromMs);
  }
  return times;
}

/** What came of appends whose answer was lost, and of facts that were recorded from outside. */
function doubts(evidence: Evidence): Figures {
  const answers = Map.groupBy(notesOf(evidence, 'answered'), ({ answer }) => answer);
  const doubtful = [...notesOf(evidence, 'in doubt')];
  if (answers.size === 0) return {};
  const stored = new Set(evidence.runs.flatMap(({ events }) => events.map((e) => e.eventId)));
  const found = doubtful.filter(({ eventIds }) => eventIds.some((id) => stored.has(id)));
  const events = doubtful.flatMap(({ eventIds }) => eventIds);
  return {
    facts: count(notesOf(evidence, 'asked')),
    'facts told as stored': answers.get('stored')?.length ?? 0,
    'facts told as failed': answers.get('failed')?.length ?? 0,
    'facts told as unknown': answers.get('unknown')?.length ?? 0,
    'appends that were rejected': doubtful.length,
    'appends that were rejected and found stored': found.length,
    'events in doubt': events.length,
    'events in doubt that were found stored': events.filter((id) => stored.has(id)).length,
  };
}
