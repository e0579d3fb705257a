import type { Json } from '../json.ts';

/** How a failure is kept in the log: plain data, so that it reads the same in any process. */
export interface RunFailure {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
}

export type CheckStatus = 'passed' | 'failed' | 'needs_review' | 'skipped';

/** One thing that `verify` looked at. A check is required unless it says otherwise. */
export interface Check {
  readonly name: string;
  readonly status: CheckStatus;
  readonly required: boolean;
  readonly evidence?: Json;
}

/** The facts that the chart knows about, and what each carries. Everything else is recorded as it is. */
export interface BuiltInPayloads {
  'run.created': {
    readonly prompt: string;
    readonly definition: string | null;
    readonly requireVerification: boolean;
    readonly input?: Json;
  };
  'run.started': { readonly prompt?: string };
  'run.completed': { readonly result?: Json };
  'run.failed': { readonly error: RunFailure };
  'run.cancelled': { readonly reason?: string | null };
  'planning.started': object;
  'planning.completed': { readonly plan?: Json };
  'verification.started': object;
  'verification.reported': { readonly checks: readonly Check[] };
  'attempt.started': { readonly attempt: number; readonly owner: string };
  'attempt.ended': { readonly attempt: number };
  'step.started': { readonly stepId: string; readonly name: string };
  'step.completed': { readonly stepId: string; readonly name: string; readonly result: Json };
  'step.failed': { readonly stepId: string; readonly name: string; readonly error: RunFailure };
  'tool.started': object;
  'tool.completed': object;
  'tool.failed': object;
  'turn.started': object;
  'turn.completed': object;
  'text.delta': { readonly delta: string };
  'output.appended': {
    readonly outputId: string;
    readonly kind: string;
    readonly producer: string;
    readonly name?: string;
  };
  'checkpoint.saved': object;
  'interrupt.requested': object;
  'interrupt.resolved': object;
  log: { readonly level: string; readonly message: string; readonly data?: Json };
}

export type BuiltInType = keyof BuiltInPayloads;
export type BuiltInEvent = {
  readonly [T in BuiltInType]: { readonly type: T } & BuiltInPayloads[T];
}[BuiltInType];

/** Any fact about a run: a `type` and whatever JSON goes with it. */
export interface RunEvent {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** An event as it stands in the log of its run. */
export interface Envelope {
  readonly eventId: string;
  readonly runId: string;
  readonly sessionId: string;
  /** 1, 2, 3 ... without a gap, in the order in which the events were applied. */
  readonly seq: number;
  /** Epoch milliseconds; never goes back within a run, also when the clock does. */
  readonly emittedAtMs: number;
  /** The owner's fencing number under which the event was written. */
  readonly epoch: number;
  /** True when the run was already over: recorded, and without effect. */
  readonly late: boolean;
  readonly event: RunEvent;
}

/** The longest event type that is accepted, in characters; types are names, not messages. */
const MAX_TYPE_LENGTH = 128;

const BUILT_IN: Readonly<Record<BuiltInType, true>> = {
  'run.created': true,
  'run.started': true,
  'run.completed': true,
  'run.failed': true,
  'run.cancelled': true,
  'planning.started': true,
  'planning.completed': true,
  'verification.started': true,
  'verification.reported': true,
  'attempt.started': true,
  'attempt.ended': true,
  'step.started': true,
  'step.completed': true,
  'step.failed': true,
  'tool.started': true,
  'tool.completed': true,
  'tool.failed': true,
  'turn.started': true,
  'turn.completed': true,
  'text.delta': true,
  'output.appended': true,
  'checkpoint.saved': true,
  'interrupt.requested': true,
  'interrupt.resolved': true,
  log: true,
};

/** Every built-in event type. The vocabulary is open: other types are recorded too. */
export const BUILT_IN_TYPES = Object.keys(BUILT_IN) as readonly BuiltInType[];

const BUILT_IN_SET: ReadonlySet<string> = new Set(BUILT_IN_TYPES);
const BUILT_IN_WORDS: ReadonlySet<string> = new Set(BUILT_IN_TYPES.map(firstWord));

/** What is wrong with an event, if anything. */
export interface EventProblem {
  readonly code: 'EVENT_TYPE_UNKNOWN' | 'EVENT_INVALID';
  readonly message: string;
}

/**
 * Judges an event's type: built-in and `custom.` names pass, so does any other word;
 * an unknown name below a built-in word (`run.finished`) is a typo.
 */
export function typeProblem(type: unknown): EventProblem | undefined {
  if (typeof type !== 'string' || type.length === 0 || type.length > MAX_TYPE_LENGTH) {
    return invalid(`"type" must be a string of 1 to ${MAX_TYPE_LENGTH} characters`);
  }
  if (BUILT_IN_SET.has(type) || !BUILT_IN_WORDS.has(firstWord(type))) return undefined;
  const near = BUILT_IN_TYPES.filter((known) => firstWord(known) === firstWord(type));
  return {
    code: 'EVENT_TYPE_UNKNOWN',
    message: `no built-in event is called "${type}"; did you mean ${near.join(', ')}? Name your own events "custom.${type}"`,
  };
}

/** Judges the payload of the events that the fold reads. `event` is what JSON.parse gave. */
export function payloadProblem(event: RunEvent): EventProblem | undefined {
  switch (event.type) {
    case 'run.started':
      return event['prompt'] === undefined || typeof event['prompt'] === 'string'
        ? undefined
        : invalid('"prompt" of run.started must be a string');
    case 'run.failed':
      return isFailure(event['error'])
        ? undefined
        : invalid('"error" of run.failed must be { name, message } with strings');
    case 'run.cancelled':
      return event['reason'] == null || typeof event['reason'] === 'string'
        ? undefined
        : invalid('"reason" of run.cancelled must be a string');
    case 'verification.reported':
      return Array.isArray(event['checks']) && event['checks'].every(isCheck)
        ? undefined
        : invalid(
            '"checks" of verification.reported must be a list of { name, status, required }, status one of passed, failed, needs_review, skipped',
          );
    case 'attempt.started':
      return Number.isSafeInteger(event['attempt']) && Number(event['attempt']) > 0
        ? undefined
        : invalid('"attempt" of attempt.started must be a whole number from 1');
    default:
      return undefined;
  }
}

export function isFailure(value: unknown): value is RunFailure {
  return (
    isObject(value) && typeof value['name'] === 'string' && typeof value['message'] === 'string'
  );
}

const CHECK_STATUSES: ReadonlySet<unknown> = new Set([
  'passed',
  'failed',
  'needs_review',
  'skipped',
]);

export function isCheck(value: unknown): value is Check {
  return (
    isObject(value) &&
    typeof value['name'] === 'string' &&
    CHECK_STATUSES.has(value['status']) &&
    typeof value['required'] === 'boolean'
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function firstWord(type: string): string {
  const dot = type.indexOf('.');
  return dot === -1 ? type : type.slice(0, dot);
}

function invalid(message: string): EventProblem {
  return { code: 'EVENT_INVALID', message };
}
