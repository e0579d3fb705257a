import { deepFreeze, type Json } from '../json.ts';
import { type Check, isCheck, isFailure, type RunEvent, type RunFailure } from './run-events.ts';

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
}

export const EMPTY_FIELDS: RunFields = {
  prompt: '',
  result: null,
  error: null,
  cancelReason: null,
  verification: null,
  attempt: 0,
};

/**
 * The named actions of the chart, as pure rules: fields and event in, changed fields out.
 * A rule never throws, whatever the payload: an old log must always fold.
 * What a rule takes from an event is frozen, so that nobody can change a snapshot from outside.
 */
export const FIELD_RULES = {
  keepFirstPrompt: (fields, event) =>
    fields.prompt === '' && typeof event['prompt'] === 'string' ? { prompt: event['prompt'] } : {},
  setResult: (_, event) => ({ result: deepFreeze((event['result'] ?? null) as Json) }),
  setError: (_, event) => ({
    error: isFailure(event['error'])
      ? deepFreeze(event['error'])
      : // Not String(error): JSON may hold a "toString" that is no function, and then it throws.
        { name: 'Error', message: typeof event['error'] === 'string' ? event['error'] : 'unknown' },
  }),
  setCancelReason: (_, event) => ({
    cancelReason: typeof event['reason'] === 'string' ? event['reason'] : null,
  }),
  setVerification: (_, event) => {
    const checks = Array.isArray(event['checks']) ? event['checks'].filter(isCheck) : [];
    return { verification: deepFreeze({ summary: summarise(checks), checks }) };
  },
  setAttempt: (fields, { attempt }) =>
    typeof attempt === 'number' && Number.isSafeInteger(attempt) && attempt > 0
      ? { attempt }
      : { attempt: fields.attempt },
} satisfies Record<string, (fields: RunFields, event: RunEvent) => Partial<RunFields>>;

export type FieldRule = keyof typeof FIELD_RULES;

/** failed if any check failed; else needs_review if a required one is unresolved; else passed, or skipped if none. */
export function summarise(checks: readonly Check[]): VerificationSummary {
  if (checks.some(({ status }) => status === 'failed')) return 'failed';
  if (checks.some(unresolved)) return 'needs_review';
  return checks.length === 0 ? 'skipped' : 'passed';
}

function unresolved({ required, status }: Check): boolean {
  return required && (status === 'needs_review' || status === 'skipped');
}
