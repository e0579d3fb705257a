import type {
  Envelope,
  RunEvent,
  RunSnapshot,
  VerificationReport,
} from '../../../machines/index.ts';
import { checksOf, failureOf, isTree, textOrNull } from './json-words.ts';
import { isOver, statusAfter } from './status-table.ts';
import { UNOWNED, waitingAfter } from './waiting-rules.ts';

/** What a log says about its run: a snapshot without its times and its version. */
export type RunFacts = Omit<RunSnapshot, 'v' | 'createdAtMs' | 'updatedAtMs'>;

/** What the fold's rules read of an envelope, beside its time. */
export type Fact = Pick<Envelope, 'runId' | 'sessionId' | 'epoch' | 'event'>;

/** The facts that stay of a snapshot, to be compared with those of the model. */
export function factsOf({
  v: _v,
  createdAtMs: _c,
  updatedAtMs: _u,
  ...facts
}: RunSnapshot): RunFacts {
  return facts;
}

/** A run after `run.created`, by the words of the contract. */
export function createdFacts({ runId, sessionId, epoch, event }: Fact): RunFacts {
  const { forkedFrom: fork, deadlineAtMs } = event;
  return {
    runId,
    sessionId,
    epoch,
    definition: textOrNull(event['definition']),
    version: textOrNull(event['version']),
    parentRunId: textOrNull(event['parentRunId']),
    forkedFrom: forkOf(fork),
    deadlineAtMs:
      typeof deadlineAtMs === 'number' && Number.isFinite(deadlineAtMs) ? deadlineAtMs : null,
    requireVerification: event['requireVerification'] === true,
    status: 'created',
    prompt: textOrNull(event['prompt']) ?? '',
    result: null,
    error: null,
    cancelReason: null,
    verification: null,
    attempt: 0,
    waiting: event['unowned'] === true ? UNOWNED : null,
    eventCount: 1,
    lateCount: 0,
  };
}

/** A run after one more event. Of a run that is over nothing changes but the counts. */
export function factsAfter(before: RunFacts, { epoch, event }: Fact): RunFacts {
  const eventCount = before.eventCount + 1;
  if (isOver(before.status)) return { ...before, eventCount, lateCount: before.lateCount + 1 };
  return {
    ...before,
    ...decidedBy(event, before),
    status: statusAfter(before.status, event.type),
    waiting: waitingAfter(event, before.waiting),
    eventCount,
    epoch,
  };
}

/** The fields that the contract's list says come from this event. */
function decidedBy(event: RunEvent, { prompt, attempt }: RunFacts): Partial<RunFacts> {
  const given = event['attempt'];
  switch (event.type) {
    case 'run.started':
      return { prompt: prompt === '' ? (textOrNull(event['prompt']) ?? '') : prompt };
    case 'run.completed':
      return { result: (event['result'] ?? null) as RunFacts['result'] };
    case 'run.failed':
      return { error: failureOf(event['error']) };
    case 'run.cancelled':
      return { cancelReason: textOrNull(event['reason']) };
    case 'verification.reported':
      return { verification: reportOf(event['checks']) };
    case 'attempt.started':
      return {
        attempt: Number.isSafeInteger(given) && Number(given) > 0 ? Number(given) : attempt,
      };
    default:
      return {};
  }
}

/** A whole log; it MUST begin with `run.created`. */
export function factsOfLog([created, ...rest]: readonly Fact[]): RunFacts {
  if (created === undefined) throw new TypeError('Expected a log with run.created, got none');
  return rest.reduce(factsAfter, createdFacts(created));
}

function reportOf(given: unknown): VerificationReport {
  const checks = checksOf(given);
  const isOpen = checks.some(
    ({ required, status }) => required && status !== 'passed' && status !== 'failed',
  );
  const isFailed = checks.some(({ status }) => status === 'failed');
  const rest = checks.length === 0 ? 'skipped' : 'passed';
  return { checks, summary: isFailed ? 'failed' : isOpen ? 'needs_review' : rest };
}

function forkOf(value: unknown): RunFacts['forkedFrom'] {
  if (!isTree(value)) return null;
  const { runId, superStep, version } = value;
  if (typeof runId !== 'string') return null;
  if (!Number.isSafeInteger(superStep) || !Number.isSafeInteger(version)) return null;
  return { runId, superStep: Number(superStep), version: Number(version) };
}
