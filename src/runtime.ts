import type { ChartName, ChartOptions, LaidOutChart } from './runtime-charts.ts';
import type { InspectionEvent } from 'xstate';
import type {
  Clock,
  Dispatch,
  Hooks,
  Ids,
  RecoveryPolicy,
  Role,
  RuntimeSignal,
  SupervisorStats,
} from './actors/index.ts';
import type { DefinitionInfo } from './definition-info.ts';
import type { Explanation } from './explain-run.ts';
import type { ForkCheck, ForkEdits, ForkKey } from './fork-run.ts';
import type { Logger } from './log-lines.ts';
import type { PruneOptions, PruneReport } from './prune-runs.ts';
import type { RunSnapshot, RunStatus } from './machines/index.ts';
import type { RepeatOptions, Run } from './run.ts';
import type { StoreReport, Stores } from './stores/index.ts';
import type { Telemetry } from './telemetry.ts';
import type { Verification, VerifyOptions } from './verification/index.ts';
import type { AnyDefinition, OutputLimits, RunDefinition, RunOutputs } from './work/index.ts';

export interface RuntimeOptions {
  readonly stores: Stores;
  /** The code that runs of these names are driven by. */
  readonly definitions?: readonly AnyDefinition[];
  /**
   * What this process is for: it starts runs and drives them (`all`, the default), starts and commands runs that
   * others drive (`orchestrator`), or drives what anybody started (`worker`). Runs that an orchestrator or a worker
   * starts are nobody's until a process that has their definition begins them. An orchestrator needs the
   * definitions that it starts, for their input and version, and drives none of their runs.
   */
  readonly role?: Role;
  /** Runs driven at once in this runtime. Default 100. */
  readonly concurrency?: number;
  /** When and where runs are driven, in place of the lanes within this process. */
  readonly dispatch?: Dispatch;
  /** Receives the XState inspection events of the supervisor and of every run. */
  readonly inspect?: (event: InspectionEvent) => void;
  readonly hooks?: Hooks;
  /**
   * Time: a function that answers epoch milliseconds, or timers as well. Default Date.now. With a mere
   * function waits take the time of the system: a clock that leaps wakes nobody by it.
   */
  readonly clock?: Clock | (() => number);
  readonly ids?: Partial<Ids>;
  /**
   * What becomes of active runs of the registered definitions whose owner died or closed: they are
   * taken over and gone on with (`resume`, the default), ended (`fail`, RUN_ABANDONED), or left as they
   * are. Looked for when the runtime opens, and every `sweepMs`.
   */
  readonly recovery?: RecoveryPolicy;
  /** Milliseconds between two looks for owners that died. Default 1,000. */
  readonly sweepMs?: number;
  /** Crashes after which a run is not resumed but fails with ATTEMPTS_EXHAUSTED. Default 10. */
  readonly maxAttempts?: number;
  /** Milliseconds without any event after which a driven run is called stalled. Default 5 minutes. */
  readonly stalledAfterMs?: number;
  readonly limits?: Limits;
  /**
   * Hears what the runtime does that no log tells: appends and how long they took, attempts and why they began,
   * runs that were left, taken or lost. Called at once, so it MUST be quick; what it throws goes to `onError`.
   */
  readonly observe?: (signal: RuntimeSignal) => void;
  /** Spans and metrics: see `runchart/otel`. */
  readonly telemetry?: Telemetry;
  /** Gets one line per decision that an operator should know of. Default: nothing is logged. */
  readonly logger?: Logger;
  /**
   * Milliseconds from which on the logger is told of an append as slow. Default 500: a durable write takes some
   * milliseconds, so this is a disk that stalls or another process that holds the lock.
   */
  readonly slowAppendMs?: number;
  /** Faults of inspectors and hooks, and work whose end could not be recorded. Default: a process warning. */
  readonly onError?: (error: unknown) => void;
}

/** How big things may become. */
export interface Limits extends Partial<OutputLimits> {
  /** Bytes of JSON of one event: more is EVENT_TOO_LARGE. Default 1 MiB. */
  readonly eventBytes?: number;
  /** Events of one run after which `onError` hears of it, once per attempt. Default 100,000. */
  readonly eventsPerRun?: number;
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
  /** Epoch milliseconds at which the run fails with RUN_TIMEOUT if it is still active. Kept in the log. */
  readonly deadlineAtMs?: number;
  /** Ids of outputs of other runs for this one to work on. They MUST exist (OUTPUT_NOT_FOUND). */
  readonly inputs?: readonly string[];
}

/** The same definition and input again, from a checkpoint on. */
export interface ForkOptions extends NewRunOptions, ForkEdits {
  readonly priority?: number;
}

export interface OpenOptions extends NewRunOptions {
  /**
   * A name to list the run by. No code is needed for it: if some is registered here it is INPUT_INVALID,
   * and elsewhere it MUST NOT be, as that code would go on with the run once its owner is dead.
   */
  readonly definition?: string;
}

export interface ListOptions {
  readonly status?: RunStatus | readonly RunStatus[];
  readonly sessionId?: string;
  readonly definition?: string;
  /** The children of a run. */
  readonly parentRunId?: string;
  /** The runs that began with a checkpoint of this one. */
  readonly forkedFrom?: string;
  /** Created at this instant or later, in epoch milliseconds. */
  readonly createdFromMs?: number;
  /** Created before this instant. */
  readonly createdBeforeMs?: number;
  /** By creation. Default `newest`: the newest first. */
  readonly order?: 'newest' | 'oldest';
  /**
   * Only runs in whose id, session, definition, prompt, result or error it stands, in upper case or lower.
   * This and `needsAttention` are looked for run by run, 2,000 at most for one page: a page may have fewer
   * runs than there are, or none, and its cursor goes on.
   */
  readonly text?: string;
  /** True: only active runs that are stalled, that nobody drives though somebody should, or that ask something. */
  readonly needsAttention?: boolean;
  readonly limit?: number;
  readonly cursor?: string;
}

/** Which runs are counted; all of them without a member. */
export interface CountOptions {
  readonly sessionId?: string;
  readonly definition?: string;
}

/** How many runs have each status; 0 for those that none has. */
export type RunCounts = Readonly<Record<RunStatus, number>>;

/** A run in a list, with who drives it. */
export interface RunInfo {
  readonly snapshot: RunSnapshot;
  /** null: nobody. An owner that is not alive left its run behind. */
  readonly owner: { readonly id: string; readonly alive: boolean } | null;
  /** It is driven, and nothing was heard of it for longer than `stalledAfterMs`. */
  readonly isStalled: boolean;
}

export interface ChangesOptions {
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal;
  /**
   * Milliseconds, at most 60,000, that pass at least after what was told together until more is told. What
   * changes meanwhile is told together then, each run once; more than 200 runs are `missed`. Default 0: at once.
   */
  readonly paceMs?: number;
}

export type RunChange =
  | { readonly kind: 'changed'; readonly run: RunInfo }
  /** It was deleted. */
  | { readonly kind: 'gone'; readonly runId: string }
  /** So many runs changed that some are not told: list them again. */
  | { readonly kind: 'missed' };

/** A run that nobody drives though somebody should. */
export interface LeftRun extends RunInfo {
  /** Why, and what to do, for people. */
  readonly why: string;
}

export interface RunList {
  readonly runs: readonly RunInfo[];
  readonly nextCursor: string | null;
}

/** Reads any output by its id, whichever run gave it out. */
export type OutputReader = Pick<RunOutputs, 'get' | 'value' | 'read' | 'save'>;

/** What `doctor` tells. */
export interface RuntimeReport extends StoreReport {
  readonly location: string;
  /** Active runs that nobody drives: their owner died, or let them go. */
  readonly abandoned: readonly LeftRun[];
}

/** What a runtime does now, for people who look. */
export interface RuntimeStats extends SupervisorStats {
  /** Now by the clock of the runtime, in epoch milliseconds. */
  readonly nowMs: number;
  readonly store: {
    readonly location: string;
    /** What it takes, without contents that are files; null where that is not known. */
    readonly bytes: number | null;
  };
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
    ...options: undefined extends Input
      ? [options?: StartOptions<Input>]
      : [options: StartOptions<Input> & { readonly input: Input }]
  ): Promise<Run<Result>>;
  start(definition: string, options?: StartOptions): Promise<Run>;
  /** Creates a run that the caller drives by recording its events. */
  open(options?: OpenOptions): Promise<Run>;
  /**
   * Starts a new run from a checkpoint of another, which may be over, and stays as it is. What the
   * source did before the checkpoint is remembered, what it did later is not. Rejects with
   * RUN_NOT_FOUND, CHECKPOINT_NOT_FOUND, CHANNEL_UNKNOWN or CHANNEL_INVALID.
   */
  fork(key: ForkKey, options?: ForkOptions): Promise<Run>;
  /**
   * What a fork would begin with. Writes nothing. Rejects as `fork` does, and with DEFINITION_UNKNOWN for edits
   * through the reducers of a definition that is not registered here.
   */
  checkFork(key: ForkKey, edits?: ForkEdits): Promise<ForkCheck>;
  /** Takes an active run over: whoever drove it is refused from now on. undefined when it is over. */
  claim(runId: string, options?: RepeatOptions): Promise<Run | undefined>;
  /**
   * Any run, for looking at it and commanding it. Rejects with RUN_NOT_FOUND. With the `epoch` of a handle
   * from `open` or `claim`: for driving it, as that handle does, from another place of the program.
   */
  get(runId: string, options?: { readonly epoch?: number }): Promise<Run>;
  /** Runs, newest first unless asked otherwise. Rejects with INPUT_INVALID for instants that are none. */
  list(options?: ListOptions): Promise<RunList>;
  /** How many runs there are, by status. */
  counts(options?: CountOptions): Promise<RunCounts>;
  /**
   * Runs that were created or have changed, as they are now, from this call on: for keeping a list up to date.
   * A run that changes several times before it is asked for is told once. Ends when `signal` is aborted or
   * the runtime closes. Throws INPUT_INVALID for a `paceMs` that is none.
   */
  changes(options?: ChangesOptions): AsyncGenerator<RunChange, void, void>;
  /** The registered definitions, in the order of registration: what there is to start, and what it takes. */
  definitions(): Promise<readonly DefinitionInfo[]>;
  /** One run, with who drives it. Rejects with RUN_NOT_FOUND. */
  info(runId: string): Promise<RunInfo>;
  /**
   * Proves what is stored of a run: folds the log again and compares, and looks whether the outputs, contents,
   * checkpoints and runs that it tells of are there. Changes nothing. Rejects with RUN_NOT_FOUND, and when a store
   * does not answer: what could not be asked for is no problem of the run.
   */
  verify(runId: string, options?: VerifyOptions): Promise<Verification>;
  /** The same of every run, newest first, one after the other. */
  verifyAll(options?: VerifyOptions): AsyncGenerator<Verification, void, void>;
  /**
   * How a run came to be what it is: its path through the chart, what was late or without effect and by which
   * rule, what it waits for, and what each command would come to now. Rejects with RUN_NOT_FOUND.
   */
  explain(runId: string): Promise<Explanation>;
  /** A chart with its layout, for drawing. Rejects with CHART_NOT_FOUND for a definition without a state machine. */
  chart(name: ChartName, options?: ChartOptions): Promise<LaidOutChart>;
  /** The outputs of all runs, for reading. */
  readonly outputs: OutputReader;
  /** Deletes what is old and over, and gives its space back. */
  prune(options: PruneOptions): Promise<PruneReport>;
  diagnose(): Promise<RuntimeReport>;
  /**
   * What this runtime does now. Cheap enough to be asked every second: it reads no run and no event. Its counts are
   * since the runtime was opened, and exact; its lists are bounded. Answers also when it is closed.
   */
  stats(): Promise<RuntimeStats>;
  /** Takes no new runs; resolves when the runs it drives have ended. */
  drain(): Promise<void>;
  /**
   * Lets go: aborts the signals of driven runs, waits up to `graceMs` (default 5,000) for their work
   * to end, and closes the stores. Runs that did not end stay active in the log. May be repeated.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}
