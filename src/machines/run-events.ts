import type { Json } from '../json.ts';
import { isTraceContext, type TraceContext } from './trace-context.ts';

/** How a failure is kept in the log: plain data, so that it reads the same in any process. */
export interface RunFailure {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: RunFailure;
}

export type CheckStatus = 'passed' | 'failed' | 'needs_review' | 'skipped';

/** One thing that `verify` looked at. A check is required unless it says otherwise. */
export interface Check {
  readonly name: string;
  readonly status: CheckStatus;
  readonly required: boolean;
  readonly evidence?: Json;
}

/** The checkpoint that a run begins with, and what was changed of it. */
export interface ForkSource {
  readonly runId: string;
  readonly superStep: number;
  readonly version: number;
  readonly edits: readonly (readonly [channel: string, value: Json])[];
  readonly throughReducers: boolean;
}

/** The facts that the chart knows about, and what each carries. Everything else is recorded as it is. */
export interface BuiltInPayloads {
  'run.created': {
    readonly prompt: string;
    readonly definition: string | null;
    readonly requireVerification: boolean;
    readonly input?: Json;
    /** The `version` of the definition. */
    readonly version?: string;
    readonly parentRunId?: string;
    readonly forkedFrom?: ForkSource;
    /** The run fails with RUN_TIMEOUT when it is still active at this instant. */
    readonly deadlineAtMs?: number;
    /** Ids of outputs of other runs that this one works on. */
    readonly inputs?: readonly string[];
    /** Nobody drives it yet: whoever has its definition may take it. */
    readonly unowned?: boolean;
    /** The span under which those of the run are, in whatever process it is gone on with. */
    readonly trace?: TraceContext;
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
  'attempt.ended': {
    readonly attempt: number;
    /** waiting: for an answer, a signal or an instant. released: by an owner that closed. */
    readonly reason: 'waiting' | 'released';
    /** When somebody has to go on with the run; null: after an answer or a signal. */
    readonly wakeAtMs: number | null;
  };
  /** `untilMs`: the step is a sleep until that instant. */
  'step.started': { readonly stepId: string; readonly name: string; readonly untilMs?: number };
  'step.completed': { readonly stepId: string; readonly name: string; readonly result: Json };
  /** With `retryAtMs` only this try failed: the next one begins at that instant. */
  'step.failed': {
    readonly stepId: string;
    readonly name: string;
    readonly error: RunFailure;
    readonly tries: number;
    readonly retryAtMs?: number;
  };
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
    /** What the definition's code is recognised by when it gives the output out again. */
    readonly key?: string;
  };
  'checkpoint.saved': {
    readonly superStep: number;
    readonly version: number;
    readonly label: string | null;
  };
  'interrupt.requested': {
    readonly interruptId: string;
    readonly name: string;
    readonly question: string;
    /** JSON Schema of the answer; null for any JSON. */
    readonly schema: Json;
    readonly expiresAtMs: number | null;
  };
  'interrupt.resolved': {
    readonly interruptId: string;
    readonly outcome: 'answered' | 'expired';
    readonly value?: Json;
  };
  /** An event for the run's code, from outside. */
  'signal.received': { readonly signal: Json };
  'child.started': {
    readonly childRunId: string;
    readonly definition: string;
    readonly stepId: string;
  };
  /** A run began with a checkpoint of this one. */
  'run.forked': {
    readonly forkRunId: string;
    readonly superStep: number;
    readonly version: number;
  };
  /** The work is alive, and has nothing else to tell. */
  heartbeat: { readonly note?: Json };
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
  'signal.received': true,
  'child.started': true,
  'run.forked': true,
  heartbeat: true,
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
    case 'run.created':
      return event['trace'] === undefined || isTraceContext(event['trace'])
        ? undefined
        : invalid(
            '"trace" of run.created must be { traceparent, tracestate? } of W3C Trace Context',
          );
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
    case 'attempt.ended':
      return event['wakeAtMs'] == null || isInstant(event['wakeAtMs'])
        ? undefined
        : invalid('"wakeAtMs" of attempt.ended must be epoch milliseconds or null');
    case 'interrupt.requested':
    case 'interrupt.resolved':
      return typeof event['interruptId'] === 'string' && event['interruptId'] !== ''
        ? undefined
        : invalid(`"interruptId" of ${event.type} must be a text`);
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

/** True for whole epoch milliseconds. */
export function isInstant(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
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
