import { deepFreeze, type Json } from '../json.ts';
import {
  type Check,
  isCheck,
  isFailure,
  isInstant,
  type RunEvent,
  type RunFailure,
} from './run-events.ts';

export type VerificationSummary = 'passed' | 'failed' | 'needs_review' | 'skipped';

/** What the last `verification.reported` said. */
export interface VerificationReport {
  readonly summary: VerificationSummary;
  readonly checks: readonly Check[];
}

/** The fields that events decide. `null` means "not set": JSON keeps it, and it drops `undefined`. */
export interface RunFields {
  readonly prompt: string;
  readonly result: Json;
  readonly error: RunFailure | null;
  readonly cancelReason: string | null;
  readonly verification: VerificationReport | null;
  readonly attempt: number;
  readonly waiting: WaitingState | null;
}

/** What an active run waits for. null instead of it: for nothing, the run is driven or about to be. */
export interface WaitingState {
  /** Ids of the interrupts that nobody has answered yet, in the order of asking. */
  readonly interrupts: readonly string[];
  /** Why nobody drives the run: it waits, or its owner let it go. null: somebody does. */
  readonly parked: 'waiting' | 'released' | null;
  /** When somebody has to drive it again, 0 is at once; null: after an answer or a signal. */
  readonly wakeAtMs: number | null;
}

export const EMPTY_FIELDS: RunFields = {
  prompt: '',
  result: null,
  error: null,
  cancelReason: null,
  verification: null,
  attempt: 0,
  waiting: null,
};

/**
 * The named actions of the chart, as pure rules: fields and event in, changed fields out.
 * A rule never throws, whatever the payload: an old log must always fold.
 * What a rule takes from an event is frozen, so that nobody can change a snapshot from outside.
 */
export const FIELD_RULES = {
  keepFirstPrompt: (fields, event) =>
    fields.prompt === '' && typeof event['prompt'] === 'string' ? { prompt: event['prompt'] } : {},
  setResult: (_, event) => ({
    result: deepFreeze((event['result'] ?? null) as Json),
    waiting: null,
  }),
  setError: (_, event) => ({
    waiting: null,
    error: isFailure(event['error'])
      ? deepFreeze(event['error'])
      : // Not String(error): JSON may hold a "toString" that is no function, and then it throws.
        { name: 'Error', message: typeof event['error'] === 'string' ? event['error'] : 'unknown' },
  }),
  setCancelReason: (_, event) => ({
    waiting: null,
    cancelReason: typeof event['reason'] === 'string' ? event['reason'] : null,
  }),
  setVerification: (_, event) => {
    const checks = Array.isArray(event['checks']) ? event['checks'].filter(isCheck) : [];
    return { verification: deepFreeze({ summary: summarise(checks), checks }) };
  },
  beginAttempt: ({ attempt: before, waiting }, { attempt }) => ({
    attempt:
      typeof attempt === 'number' && Number.isSafeInteger(attempt) && attempt > 0
        ? attempt
        : before,
    ...(waiting !== null && waitingFor({ ...waiting, ...DRIVEN })),
  }),
  park: ({ waiting }, { reason, wakeAtMs }) =>
    waitingFor({
      interrupts: waiting?.interrupts ?? [],
      parked: reason === 'waiting' ? 'waiting' : 'released',
      // Without an instant a run that was let go may be taken at once.
      wakeAtMs: isInstant(wakeAtMs) ? wakeAtMs : reason === 'waiting' ? null : 0,
    }),
  openInterrupt: ({ waiting }, { interruptId }) => {
    if (typeof interruptId !== 'string') return {};
    const { interrupts, ...rest } = waiting ?? NOT_WAITING;
    if (interrupts.includes(interruptId)) return {};
    return waitingFor({ ...rest, interrupts: [...interrupts, interruptId] });
  },
  settleInterrupt: ({ waiting }, { interruptId }) => {
    if (waiting === null) return {};
    const interrupts = waiting.interrupts.filter((id) => id !== interruptId);
    return waitingFor({ ...waiting, interrupts, ...woken(waiting) });
  },
  wake: ({ waiting }) => (waiting === null ? {} : waitingFor({ ...waiting, ...woken(waiting) })),
} satisfies Record<string, (fields: RunFields, event: RunEvent) => Partial<RunFields>>;

export type FieldRule = keyof typeof FIELD_RULES;

const DRIVEN = { parked: null, wakeAtMs: null } as const;
const NOT_WAITING: WaitingState = { interrupts: [], ...DRIVEN };

/** One shape for one meaning: a run that waits for nothing has null. */
function waitingFor(waiting: WaitingState): Pick<RunFields, 'waiting'> {
  const isIdle = waiting.interrupts.length === 0 && waiting.parked === null;
  return { waiting: isIdle ? null : deepFreeze(waiting) };
}

/** What a parked run waits for has come: somebody has to go on with it. */
function woken({ parked }: WaitingState): { readonly wakeAtMs?: number } {
  return parked === null ? {} : { wakeAtMs: 0 };
}

/** failed if any check failed; else needs_review if a required one is unresolved; else passed, or skipped if none. */
export function summarise(checks: readonly Check[]): VerificationSummary {
  if (checks.some(({ status }) => status === 'failed')) return 'failed';
  if (checks.some(unresolved)) return 'needs_review';
  return checks.length === 0 ? 'skipped' : 'passed';
}

function unresolved({ required, status }: Check): boolean {
  return required && (status === 'needs_review' || status === 'skipped');
}
