import { isDeepStrictEqual } from 'node:util';
import { isTerminal, type RunStatus } from '../../../src/machines/index.ts';
import { CHAOS, RESULT } from './chaos-run.ts';
import { type Evidence, type LoggedEvent, notesOf, type RunLog } from './evidence.ts';

/** Something that MUST NOT be. */
export interface Violation {
  readonly rule: Rule;
  readonly runId: string;
  readonly reason: string;
}

export type Rule =
  | 'ended once'
  | 'nothing lost'
  | 'seq'
  | 'no stale append'
  | 'steps end once'
  | 'live is the log'
  | 'sessions in order'
  | 'capacity'
  | 'verified'
  | 'cancels hold'
  | 'answers hold'
  | 'replicas equal'
  | 'processes live'
  | 'result';

type Found = Generator<Violation, void, void>;

const TERMINAL_TYPES = new Set(['run.completed', 'run.failed', 'run.cancelled']);
/** What only the code of a run records, under the epoch in which it drives it. */
const WORK_TYPES =
  /^(attempt|step|planning|verification|output|checkpoint|note)(\.|$)|^run\.(started|completed|failed)$/;

/** Everything in the logs and on the papers that contradicts what is promised. */
export function violationsOf(evidence: Evidence): readonly Violation[] {
  return [...allViolations(evidence)];
}

function* allViolations(evidence: Evidence): Found {
  for (const run of evidence.runs) {
    yield* endOf(run);
    yield* seqsOf(run);
    yield* epochsOf(run);
    yield* stepsOf(run);
    yield* resultOf(run);
    for (const problem of run.problems) yield violation('verified', run, problem);
  }
  yield* lossOf(evidence);
  yield* strangersOf(evidence);
  yield* streamsOf(evidence);
  yield* sessionsOf(evidence);
  yield* cancelsOf(evidence);
  yield* answersOf(evidence);
  for (const { by, driven, capacity } of notesOf(evidence, 'crowded')) {
    yield { rule: 'capacity', runId: '-', reason: `${by} drove ${driven} runs, not ${capacity}` };
  }
}

function violation(rule: Rule, { runId }: Pick<RunLog, 'runId'>, reason: string): Violation {
  return { rule, runId, reason };
}

const isEnd = ({ type, late }: LoggedEvent): boolean => !late && TERMINAL_TYPES.has(type);

/** The event that decided how a run ended. */
export function endingOf({ events }: RunLog): LoggedEvent | undefined {
  return events.find(isEnd);
}

function* endOf(run: RunLog): Found {
  const { events, status, owner } = run;
  const ends = events.filter(isEnd);
  const [end] = ends;
  if (end === undefined || !isTerminal(status as RunStatus)) {
    yield violation('ended once', run, `it is ${status}, its owner is ${owner ?? 'nobody'}`);
    return;
  }
  if (ends.length > 1) {
    const which = ends.map(({ seq, type }) => `${seq} ${type}`).join(', ');
    yield violation('ended once', run, `it ended more than once: ${which}`);
  }
  if (end.type !== `run.${status}`) {
    yield violation('ended once', run, `it is ${status}, and its log says ${end.type}`);
  }
  if (owner !== null) yield violation('ended once', run, `it is over, and ${owner} owns it`);
  const after = events.find(({ seq, late }) => seq > end.seq && !late);
  if (after !== undefined) {
    const reason = `${after.type} at ${after.seq} counts after the end at ${end.seq}`;
    yield violation('ended once', run, reason);
  }
}

function* seqsOf(run: RunLog): Found {
  const { events, lastSeq } = run;
  const ids = new Set<string>();
  for (const [i, { seq, eventId }] of events.entries()) {
    if (seq !== i + 1) yield violation('seq', run, `seq ${seq} stands where ${i + 1} should`);
    if (ids.has(eventId)) yield violation('seq', run, `event ${eventId} is there twice`);
    ids.add(eventId);
  }
  if (events.length !== lastSeq) {
    yield violation('seq', run, `the record says ${lastSeq} events, the log has ${events.length}`);
  }
}

/** An epoch that has passed does not come back: nobody who was taken over wrote anything that counts. */
function* epochsOf(run: RunLog): Found {
  let highest = 0;
  for (const { seq, epoch, late, type } of run.events) {
    if (late) continue;
    if (epoch < highest) {
      const reason = `${type} at ${seq} has epoch ${epoch}, after one of epoch ${highest}`;
      yield violation('no stale append', run, reason);
    }
    highest = Math.max(highest, epoch);
  }
  let attempts = 0;
  for (const { seq, type, event } of run.events) {
    if (type !== 'attempt.started') continue;
    attempts += 1;
    if (event['attempt'] !== attempts) {
      const reason = `attempt ${String(event['attempt'])} at ${seq} is the ${attempts}. that began`;
      yield violation('no stale append', run, reason);
    }
  }
}

/** Work under one epoch comes from one process. */
function* strangersOf(evidence: Evidence): Found {
  const authors = new Map<string, string>();
  const known = new Map(evidence.runs.map((run) => [run.runId, run]));
  for (const { by, runId, epoch, seq, type } of notesOf(evidence, 'stored')) {
    if (!WORK_TYPES.test(type) || known.get(runId)?.events[seq - 1]?.late === true) continue;
    const key = `${runId} ${epoch}`;
    const author = authors.get(key) ?? by;
    authors.set(key, author);
    if (author !== by) {
      const reason = `${author} and ${by} both worked under epoch ${epoch}: ${type} at ${seq}`;
      yield violation('no stale append', { runId }, reason);
    }
  }
}

function* stepsOf(run: RunLog): Found {
  const done = new Set<unknown>();
  for (const { seq, type, late, event } of run.events) {
    if (late || !type.startsWith('step.')) continue;
    const id = event['stepId'];
    if (done.has(id)) {
      yield violation(
        'steps end once',
        run,
        `${type} of "${String(id)}" at ${seq}, which had ended`,
      );
    }
    if (type === 'step.completed') done.add(id);
  }
}

function* resultOf(run: RunLog): Found {
  const end = endingOf(run);
  if (run.definition !== CHAOS) return;
  if (end?.type === 'run.failed') {
    yield violation(
      'result',
      run,
      `it failed: ${JSON.stringify(end.event['error']).slice(0, 300)}`,
    );
  }
  if (end?.type !== 'run.completed' || isDeepStrictEqual(end.event['result'], RESULT)) return;
  yield violation('result', run, `its result is ${JSON.stringify(end.event['result'])}`);
}

function* lossOf(evidence: Evidence): Found {
  const known = new Map(evidence.runs.map((run) => [run.runId, run]));
  for (const { by, runId, seq, eventId, type } of notesOf(evidence, 'stored')) {
    const found = known.get(runId)?.events[seq - 1];
    if (found?.eventId === eventId) continue;
    const instead = found === undefined ? 'nothing' : `${found.type} ${found.eventId}`;
    const reason = `${type} ${eventId} at ${seq} was acknowledged to ${by}, and ${instead} is there`;
    yield violation('nothing lost', { runId }, reason);
  }
}

/** What a subscriber saw of each run is its log, from the head to the end at least. */
function* streamsOf(evidence: Evidence): Found {
  const streams = Map.groupBy(notesOf(evidence, 'seen'), ({ by, runId }) => `${by} ${runId}`);
  const subscribers = [...evidence.papers.keys()].filter((name) => name.startsWith('subscriber'));
  for (const run of evidence.runs) {
    const end = endingOf(run)?.seq ?? run.lastSeq;
    for (const by of subscribers) {
      const seen = streams.get(`${by} ${run.runId}`) ?? [];
      const wrong = seen.findIndex(
        ({ seq, eventId }, i) => run.events[i]?.seq !== seq || run.events[i].eventId !== eventId,
      );
      if (wrong >= 0) {
        const { seq = 0, eventId = '' } = seen[wrong] ?? {};
        const reason = `${by} saw ${seq} (${eventId}) where ${wrong + 1} should have come`;
        yield violation('live is the log', run, reason);
      } else if (seen.length < end) {
        yield violation('live is the log', run, `${by} saw ${seen.length} of ${end} events`);
      }
    }
  }
}

/** Of two runs of one session one is over before the other begins. */
function* sessionsOf({ runs }: Evidence): Found {
  for (const session of Map.groupBy(runs, ({ sessionId }) => sessionId).values()) {
    const spans = session
      .flatMap((run) => {
        const began = run.events.find(({ type }) => type === 'attempt.started');
        const over = endingOf(run);
        return began && over ? [{ run, fromMs: began.atMs, toMs: over.atMs }] : [];
      })
      .sort((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs);
    for (const [i, { run, fromMs }] of spans.entries()) {
      const before = spans.slice(0, i).find(({ toMs }) => toMs > fromMs);
      if (before === undefined) continue;
      const ms = before.toMs - fromMs;
      const reason = `it began ${ms} ms before ${before.run.runId} of the same session was over`;
      yield violation('sessions in order', run, reason);
    }
  }
}

/** Whoever was told that a run is cancelled finds it so. */
function* cancelsOf(evidence: Evidence): Found {
  const known = new Map(evidence.runs.map((run) => [run.runId, run]));
  for (const { by, runId, outcome, seq } of notesOf(evidence, 'cancelled')) {
    const run = known.get(runId);
    const end = run && endingOf(run);
    const isSo =
      end?.seq === seq && (!outcome.endsWith('cancelled') || end.type === 'run.cancelled');
    if (isSo) continue;
    const found = `its log says ${end?.type ?? 'nothing'} at ${end?.seq ?? 0}`;
    yield violation('cancels hold', { runId }, `${by} was told ${outcome} at ${seq}; ${found}`);
  }
}

/** What a caller was told about its fact is so, and stays so. */
function* answersOf(evidence: Evidence): Found {
  const stored = new Map<unknown, string>();
  for (const { runId, events } of evidence.runs) {
    for (const { type, event, seq } of events) {
      if (type !== 'fact') continue;
      const mark = event['mark'];
      if (stored.has(mark)) {
        const reason = `the fact ${String(mark)} is there twice, once more at ${seq}`;
        yield violation('answers hold', { runId }, reason);
      }
      stored.set(mark, runId);
    }
  }
  for (const { runId, mark, answer, by, message } of notesOf(evidence, 'answered')) {
    if (answer === 'unknown' || stored.has(mark) === (answer === 'stored')) continue;
    const found = stored.has(mark) ? 'it is there' : 'it is not there';
    const reason = `${by} was told that the fact ${mark} was ${answer}, and ${found} ${message ?? ''}`;
    yield violation('answers hold', { runId }, reason);
  }
}
