import {
  type Clock,
  createLanes,
  type Ids,
  type Recorded,
  Supervisor,
  systemClock,
} from './actors/index.ts';
import { cancelChildren } from './cancel-children.ts';
import { checkNumber } from './check-input.ts';
import { claimRun } from './claim-run.ts';
import { createRun } from './create-run.ts';
import type { DefinitionInfo } from './definition-info.ts';
import { RunchartError } from './errors.ts';
import type { Explanation } from './explain-run.ts';
import {
  DEFAULT_CONCURRENCY,
  DEFAULT_GRACE_MS,
  DEFAULT_LIMITS,
  DEFAULT_MAX_ATTEMPTS,
  DEFAULT_SLOW_APPEND_MS,
  DEFAULT_STALLED_AFTER_MS,
} from './defaults.ts';
import {
  checkFork,
  type ForkCheck,
  type ForkEdits,
  type ForkKey,
  planFork,
  settleFork,
  throwForkError,
} from './fork-run.ts';
import { DEFAULT_IDS } from './ids.ts';
import { parseSnapshot, type RunSnapshot } from './machines/index.ts';
import { type PerformPort, performRun } from './perform-run.ts';
import { type PruneOptions, type PruneReport, pruneRuns } from './prune-runs.ts';
import { createCheckpoints } from './run-checkpoints.ts';
import { createInterrupts } from './run-interrupts.ts';
import { checkedInput, RegisteredDefinitions } from './registered-definitions.ts';
import { RunViews } from './run-views.ts';
import { handleOutputs, type OutputsPort } from './run-outputs.ts';
import { keyed, type RepeatOptions, type Run, RunHandle, type RunPort } from './run.ts';
import type {
  ChangesOptions,
  CountOptions,
  ForkOptions,
  Limits,
  ListOptions,
  NewRunOptions,
  OpenOptions,
  OutputReader,
  RunChange,
  RunCounts,
  RunInfo,
  RunList,
  Runtime,
  RuntimeOptions,
  RuntimeReport,
  RuntimeStats,
  StartOptions,
} from './runtime.ts';
import { logTo } from './log-lines.ts';
import { tapOf } from './observers.ts';
import type { Stores } from './stores/index.ts';
import { tellFault, warnOf } from './tell-fault.ts';
import type { Verification, VerifyOptions } from './verification/index.ts';
import { type AnyDefinition, createReader } from './work/index.ts';

/** That of a run that has not changed hands. */
const FIRST_EPOCH = 1;

/** How a new run is queued: it is ours, and driven only as long as nobody claims it. */
const AS_NEW = { epoch: FIRST_EPOCH, mayTake: false };

/** Opens the stores and answers a runtime over them. Rejects with the store's error if they do not open. */
export async function createRuntime(options: RuntimeOptions): Promise<Runtime> {
  const runtime = new LocalRuntime(options);
  await runtime.supervisor.open();
  return runtime;
}

/** The public face of a supervisor: checks what comes in, and shapes what goes out. */
class LocalRuntime implements Runtime {
  readonly #stores: Stores;
  readonly #definitions: RegisteredDefinitions;
  readonly #ids: Ids;
  readonly #clock: Clock;
  readonly #maxAttempts: number;
  readonly #limits: Required<Limits>;
  readonly #onError: (error: unknown) => void;
  readonly supervisor: Supervisor;
  readonly #port: RunPort;
  readonly #views: RunViews;

  constructor(options: RuntimeOptions) {
    const { stores, inspect, clock = Date.now, hooks = {}, onError = warnOf } = options;
    const { recovery = 'resume', maxAttempts = DEFAULT_MAX_ATTEMPTS } = options;
    const { stalledAfterMs = DEFAULT_STALLED_AFTER_MS } = options;
    this.#stores = stores;
    this.#definitions = new RegisteredDefinitions(options.definitions ?? []);
    this.#ids = { ...DEFAULT_IDS, ...options.ids };
    this.#clock = typeof clock === 'function' ? systemClock(clock) : clock;
    this.#maxAttempts = maxAttempts;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    const report = (error: unknown): void => tellFault(error, onError);
    const { observe, logger, slowAppendMs = DEFAULT_SLOW_APPEND_MS } = options;
    const observers = [observe, logger && logTo(logger, { slowAppendMs })];
    const tap = tapOf(observers, () => this.#clock.now(), report);
    this.#onError = (error) => {
      tap?.({ type: 'fault', error });
      report(error);
    };
    this.supervisor = new Supervisor({
      stores,
      dispatch: options.dispatch ?? createLanes(options.concurrency ?? DEFAULT_CONCURRENCY),
      clock: this.#clock,
      ids: this.#ids,
      maxEventBytes: this.#limits.eventBytes,
      perform: (run) => performRun(run, this.#performPort()),
      recovery: {
        policy: recovery,
        definitions: this.#definitions.names,
        canDrive: (snapshot) => this.#definitions.whyNot(snapshot) === undefined,
      },
      whyNot: (snapshot) => this.#definitions.whyNot(snapshot),
      tap,
      onOver: (snapshot) => cancelChildren(this.supervisor, snapshot).catch(this.#onError),
      hooks,
      onError: this.#onError,
      inspect,
    });
    this.#views = new RunViews({
      supervisor: this.supervisor,
      stores,
      clock: this.#clock,
      stalledAfterMs,
      definitions: this.#definitions,
    });
    this.#port = {
      supervisor: this.supervisor,
      outputs: (runId, epoch) => handleOutputs(runId, epoch, this.#outputsPort()),
      checkpoints: (runId) => createCheckpoints(runId, this.supervisor),
      interrupts: (runId) =>
        createInterrupts(runId, {
          supervisor: this.supervisor,
          clock: () => this.#clock.now(),
        }),
    };
  }

  async start<Result>(
    definition: AnyDefinition | string,
    options: StartOptions = {},
  ): Promise<Run<Result>> {
    const name = typeof definition === 'string' ? definition : definition.name;
    return this.#start(name, options);
  }

  async #start<Result>(
    name: string,
    { input, priority = 0, deadlineAtMs, inputs = [], ...given }: StartOptions,
    parentRunId?: string,
  ): Promise<Run<Result>> {
    const known = this.#definitions.get(name);
    checkNumber('priority', priority);
    if (deadlineAtMs !== undefined) checkNumber('deadlineAtMs', deadlineAtMs);
    // Looked at now: what the caller does to it from now on is not in the run.
    const checked = checkedInput(known, input);
    await Promise.all([checked, ...inputs.map((id) => this.#stores.outputs.get(id))]);
    const { snapshot } = await this.#create(given, name, {
      input: await checked,
      version: known.version,
      deadlineAtMs: deadlineAtMs === undefined ? undefined : Math.ceil(deadlineAtMs),
      parentRunId,
      ...(inputs.length > 0 && { inputs }),
    });
    const { runId, sessionId } = snapshot;
    // A repeat too: the answer of the first time may have been lost before the run was queued.
    this.supervisor.dispatch({ runId, sessionId, priority }, AS_NEW);
    return this.#handle(snapshot);
  }

  async fork(
    key: ForkKey,
    { edits = [], throughReducers = false, priority = 0, ...given }: ForkOptions = {},
  ): Promise<Run> {
    checkNumber('priority', priority);
    const { runId } = key;
    const { definition: name } = await this.#snapshot(runId);
    const known = this.#definitions.find(name);
    const plan = await planFork(this.supervisor, known, key, { edits, throughReducers });
    const { source, input, inputs, forkedFrom } = plan;
    const { prompt, requireVerification } = source;
    const creating = this.#create({ prompt, requireVerification, ...given }, name, {
      input,
      version: known?.version ?? source.version,
      forkedFrom,
      // Without its definition here somebody else has to drive it.
      unowned: known === undefined,
      ...(inputs.length > 0 && { inputs }),
    });
    const { snapshot } = await creating.catch((error: unknown) => throwForkError(error, runId));
    const job = { runId: snapshot.runId, sessionId: snapshot.sessionId, priority };
    try {
      await settleFork(this.supervisor, snapshot, known, forkedFrom);
    } finally {
      // It is there, and ours: its first attempt settles what could not be settled now.
      if (known !== undefined) this.supervisor.dispatch(job, AS_NEW);
    }
    return this.#handle(snapshot);
  }

  async checkFork(key: ForkKey, edits: ForkEdits = {}): Promise<ForkCheck> {
    const { definition } = await this.#snapshot(key.runId);
    return checkFork(this.supervisor, this.#definitions.find(definition), key, edits);
  }

  async open({ definition, ...given }: OpenOptions = {}): Promise<Run> {
    if (this.#definitions.find(definition ?? null) !== undefined) {
      throw new RunchartError(
        'INPUT_INVALID',
        `The definition "${definition}" is registered here, so its code drives its runs: use start.`,
      );
    }
    const { snapshot, isRepeat } = await this.#create(given, definition ?? null, {});
    // A repeat drives as the first answer did, until somebody takes the run over.
    return this.#handle(snapshot, isRepeat === true ? FIRST_EPOCH : snapshot.epoch);
  }

  async claim(runId: string, { idempotencyKey }: RepeatOptions = {}): Promise<Run | undefined> {
    const { envelope, snapshot } = await claimRun(this.supervisor, runId, keyed(idempotencyKey));
    return envelope && this.#handle(snapshot, envelope.epoch);
  }

  async get(runId: string, { epoch }: { readonly epoch?: number } = {}): Promise<Run> {
    if (epoch !== undefined) checkNumber('epoch', epoch);
    return this.#handle(await this.supervisor.record(runId), epoch);
  }

  async list(options?: ListOptions): Promise<RunList> {
    return this.#views.list(options);
  }

  async counts(options?: CountOptions): Promise<RunCounts> {
    return this.#views.counts(options);
  }

  changes(options?: ChangesOptions): AsyncGenerator<RunChange, void, void> {
    return this.#views.changes(options);
  }

  async info(runId: string): Promise<RunInfo> {
    return this.#views.info(runId);
  }

  async definitions(): Promise<readonly DefinitionInfo[]> {
    this.supervisor.assertOpen();
    return this.#definitions.infos;
  }

  async verify(runId: string, options?: VerifyOptions): Promise<Verification> {
    return this.#views.verify(runId, options);
  }

  async explain(runId: string): Promise<Explanation> {
    return this.#views.explain(runId);
  }

  verifyAll(options?: VerifyOptions): AsyncGenerator<Verification, void, void> {
    return this.#views.verifyAll(options);
  }

  async diagnose(): Promise<RuntimeReport> {
    return this.#views.diagnose();
  }

  async stats(): Promise<RuntimeStats> {
    const { location } = this.#stores;
    const bytes = (await this.#stores.bytes?.()) ?? null;
    return { ...this.supervisor.stats(), nowMs: this.#clock.now(), store: { location, bytes } };
  }

  get outputs(): OutputReader {
    return createReader(this.#stores);
  }

  prune(options: PruneOptions): Promise<PruneReport> {
    this.supervisor.assertOpen();
    return pruneRuns(this.supervisor, this.#clock.now(), options);
  }

  drain(): Promise<void> {
    return this.supervisor.drain();
  }

  close({ graceMs = DEFAULT_GRACE_MS }: { readonly graceMs?: number } = {}): Promise<void> {
    return this.supervisor.close(graceMs);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #outputsPort(): OutputsPort {
    return {
      supervisor: this.supervisor,
      clock: this.#clock,
      ids: this.#ids,
      limits: this.#limits,
    };
  }

  #performPort(): PerformPort {
    return {
      ...this.#outputsPort(),
      definitions: this.#definitions,
      maxAttempts: this.#maxAttempts,
      onError: this.#onError,
      startChild: (parentRunId, name, options) => this.#start(name, options, parentRunId),
    };
  }

  #create(
    given: NewRunOptions,
    definition: string | null,
    more: Readonly<Record<string, unknown>>,
  ): Promise<Recorded> {
    const { supervisor } = this;
    const port = { supervisor, definitions: this.#definitions, ids: this.#ids };
    return createRun(port, given, definition, more);
  }

  async #snapshot(runId: string): Promise<RunSnapshot> {
    return parseSnapshot((await this.supervisor.record(runId)).snapshot);
  }

  #handle<Result>(
    run: { readonly runId: string; readonly sessionId: string },
    epoch?: number,
  ): Run<Result> {
    return new RunHandle<Result>(this.#port, run, epoch);
  }
}
