import type { InspectionEvent } from 'xstate';
import type { Dispatch, Hooks, Ids, Verification } from './actors/index.ts';
import type { RunSnapshot, RunStatus } from './machines/index.ts';
import type { Run } from './run.ts';
import type { StoreReport, Stores } from './stores/index.ts';
import type { AnyDefinition, RunDefinition } from './work/index.ts';

export interface RuntimeOptions {
  readonly stores: Stores;
  /** The code that runs of these names are driven by. */
  readonly definitions?: readonly AnyDefinition[];
  /** Runs driven at once in this runtime. Default 100. */
  readonly concurrency?: number;
  /** When and where runs are driven, in place of the lanes within this process. */
  readonly dispatch?: Dispatch;
  /** Receives the XState inspection events of the supervisor and of every run. */
  readonly inspect?: (event: InspectionEvent) => void;
  readonly hooks?: Hooks;
  /** Epoch milliseconds. Default Date.now. */
  readonly clock?: () => number;
  readonly ids?: Partial<Ids>;
  /** Faults of inspectors and hooks, and work whose end could not be recorded. Default: a process warning. */
  readonly onError?: (error: unknown) => void;
}

export interface NewRunOptions {
  readonly prompt?: string;
  /** Default: a session of its own. Runs of one session are driven one after the other. */
  readonly sessionId?: string;
  /** The same key again answers the run of the first time. Unique in the store. */
  readonly idempotencyKey?: string;
  /** Default: a new id. Rejects with RUN_EXISTS if it is taken. */
  readonly runId?: string;
  /** `run.completed` is refused with VERIFICATION_REQUIRED until a report has passed. */
  readonly requireVerification?: boolean;
}

export interface StartOptions<Input = unknown> extends NewRunOptions {
  readonly input?: Input;
  /** Higher goes first, in its session and among sessions. Default 0. */
  readonly priority?: number;
}

export interface OpenOptions extends NewRunOptions {
  /** A name to list the run by; no code needs to be registered for it. */
  readonly definition?: string;
}

export interface ListOptions {
  readonly status?: RunStatus | readonly RunStatus[];
  readonly sessionId?: string;
  readonly definition?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

/** A run in a list, with who drives it. */
export interface RunInfo {
  readonly snapshot: RunSnapshot;
  /** null: nobody. An owner that is not alive left its run behind. */
  readonly owner: { readonly id: string; readonly alive: boolean } | null;
}

export interface RunList {
  readonly runs: readonly RunInfo[];
  readonly nextCursor: string | null;
}

/** What `doctor` tells. */
export interface RuntimeReport extends StoreReport {
  readonly location: string;
  /** Active runs that nobody drives: their owner died, or let them go. */
  readonly abandoned: readonly RunInfo[];
}

/** Starts, finds and ends runs. Opened by `createRuntime`; `await using` closes it. */
export interface Runtime extends AsyncDisposable {
  /**
   * Starts a run of a registered definition. Resolves when `run.created` is durable; the work begins
   * when its session and the concurrency allow. Rejects with DEFINITION_UNKNOWN, INPUT_INVALID,
   * RUN_EXISTS or RUNTIME_CLOSED.
   */
  start<Input, Plan, Result>(
    definition: RunDefinition<Input, Plan, Result>,
    options?: StartOptions<Input>,
  ): Promise<Run<Result>>;
  start(definition: string, options?: StartOptions): Promise<Run>;
  /** Creates a run that the caller drives by recording its events. */
  open(options?: OpenOptions): Promise<Run>;
  /** Takes an active run over: whoever drove it is refused from now on. undefined when it is over. */
  claim(runId: string): Promise<Run | undefined>;
  /** Any run, for looking at it and commanding it. Rejects with RUN_NOT_FOUND. */
  get(runId: string): Promise<Run>;
  /** Runs, newest first. */
  list(options?: ListOptions): Promise<RunList>;
  /** One run, with who drives it. Rejects with RUN_NOT_FOUND. */
  info(runId: string): Promise<RunInfo>;
  /** Folds the log again and compares it with what is stored. */
  verify(runId: string): Promise<Verification>;
  diagnose(): Promise<RuntimeReport>;
  /** Takes no new runs; resolves when the runs it drives have ended. */
  drain(): Promise<void>;
  /**
   * Lets go: aborts the signals of driven runs, waits up to `graceMs` (default 5,000) for their work
   * to end, and closes the stores. Runs that did not end stay active in the log. May be repeated.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}
