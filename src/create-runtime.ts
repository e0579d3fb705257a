import {
  type Clock,
  FIRST_EPOCH,
  type Ids,
  type Recorded,
  startsForAnybody,
  type Supervisor,
  systemClock,
} from './actors/index.ts';
import { checkNumber } from './check-input.ts';
import { claimRun } from './claim-run.ts';
import { createRun, type Kin } from './create-run.ts';
import { createSupervisor } from './create-supervisor.ts';
import type { DefinitionInfo } from './definition-info.ts';
import { RunchartError } from './errors.ts';
import type { Explanation } from './explain-run.ts';
import {
  DEFAULT_GRACE_MS,
  DEFAULT_LIMITS,
  DEFAULT_MAX_ATTEMPTS,
  DEFAULT_STALLED_AFTER_MS,
} from './defaults.ts';
import { checkFork, type ForkCheck, type ForkEdits, type ForkKey } from './fork-run.ts';
import { DEFAULT_IDS } from './ids.ts';
import { type PerformPort, performRun } from './perform-run.ts';
import { type PruneOptions, type PruneReport, pruneRuns } from './prune-runs.ts';
import { createCheckpoints } from './run-checkpoints.ts';
import { createInterrupts } from './run-interrupts.ts';
import { checkedInput, RegisteredDefinitions } from './registered-definitions.ts';
import { RunViews } from './run-views.ts';
import { handleOutputs, type OutputsPort } from './run-outputs.ts';
import { keyed, type RepeatOptions, type Run, RunHandle, type RunPort } from './run.ts';
import { createCharts } from './runtime-charts.ts';
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
import { observation } from './observers.ts';
import { type ForkPort, startFork } from './start-fork.ts';
import type { Stores } from './stores/index.ts';
import { telemetryPort } from './telemetry-port.ts';
import type { NewRun, Telemetry } from './telemetry.ts';
import { warnOf } from './tell-fault.ts';
import type { Verification, VerifyOptions } from './verification/index.ts';
import { type AnyDefinition, createReader } from './work/index.ts';

/** Opens the stores and answers a runtime over them. Rejects with the store's error if they do not open. */
export async function createRuntime(options: RuntimeOptions): Promise<Runtime> {
  const runtime = new LocalRuntime(options);
  try {
    await runtime.supervisor.open();
  } catch (error) {
    await runtime.close({ graceMs: 0 });
    throw error;
  }
  return runtime;
}

/** The public face of a supervisor: checks what comes in, and shapes what goes out. */
class LocalRuntime implements Runtime {
  readonly #stores: Stores;
  readonly #definitions: RegisteredDefinitions;
  readonly #ids: Ids;
  readonly #clock: Clock;
  readonly #maxAttempts: number;
  /** Runs that are started here may be driven by any process. */
  readonly #forAnybody: boolean;
  readonly #limits: Required<Limits>;
  readonly #onError: (error: unknown) => void;
  readonly #telemetry: Telemetry | undefined;
  readonly #endTelemetry: (() => void) | undefined;
  readonly supervisor: Supervisor;
  readonly #port: RunPort;
  readonly #views: RunViews;
  readonly chart: Runtime['chart'];

  constructor(options: RuntimeOptions) {
    const { stores, clock = Date.now, onError = warnOf, role = 'all' } = options;
    const { maxAttempts = DEFAULT_MAX_ATTEMPTS } = options;
    const { stalledAfterMs = DEFAULT_STALLED_AFTER_MS } = options;
    this.#stores = stores;
    this.#definitions = new RegisteredDefinitions(options.definitions ?? []);
    this.chart = createCharts((name) => this.#definitions.find(name));
    this.#ids = { ...DEFAULT_IDS, ...options.ids };
    this.#clock = typeof clock === 'function' ? systemClock(clock) : clock;
    this.#maxAttempts = maxAttempts;
    this.#forAnybody = startsForAnybody(role, options.dispatch ?? {});
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    const { tap, telemetry, report } = observation(options, this.#clock, onError);
    this.#telemetry = telemetry;
    this.#onError = report;
    this.supervisor = createSupervisor(options, {
      definitions: this.#definitions,
      clock: this.#clock,
      ids: this.#ids,
      limits: this.#limits,
      tap,
      onError: this.#onError,
      perform: (run) => performRun(run, this.#performPort()),
    });
    this.#views = new RunViews({
      supervisor: this.supervisor,
      stores,
      clock: this.#clock,
      stalledAfterMs,
      definitions: this.#definitions,
    });
    this.#endTelemetry = this.#telemetry?.open?.(telemetryPort(this.supervisor, this.#onError));
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
    parent?: NewRun['parent'],
  ): Promise<Run<Result>> {
    const known = this.#definitions.get(name);
    checkNumber('priority', priority);
    if (deadlineAtMs !== undefined) checkNumber('deadlineAtMs', deadlineAtMs);
    // Looked at now: what the caller does to it from now on is not in the run.
    const checked = checkedInput(known, input);
    await Promise.all([checked, ...inputs.map((id) => this.#stores.outputs.get(id))]);
    const { snapshot, isRepeat } = await this.#create(
      given,
      name,
      {
        input: await checked,
        version: known.version,
        deadlineAtMs: deadlineAtMs === undefined ? undefined : Math.ceil(deadlineAtMs),
        parentRunId: parent?.runId,
        ...(inputs.length > 0 && { inputs }),
        ...(this.#forAnybody && { unowned: true }),
      },
      parent && { parent },
    );
    const { runId, sessionId } = snapshot;
    this.supervisor.hosting.dispatchNew({ runId, sessionId, priority }, isRepeat);
    return this.#handle(snapshot);
  }

  async fork(key: ForkKey, options: ForkOptions = {}): Promise<Run> {
    const create: ForkPort['create'] = (...args) => this.#create(...args);
    const port = {
      supervisor: this.supervisor,
      definitions: this.#definitions,
      forAnybody: this.#forAnybody,
      create,
    };
    return this.#handle(await startFork(port, key, options));
  }

  async checkFork(key: ForkKey, edits: ForkEdits = {}): Promise<ForkCheck> {
    const { definition } = await this.supervisor.record(key.runId);
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

  async close({ graceMs = DEFAULT_GRACE_MS }: { readonly graceMs?: number } = {}): Promise<void> {
    try {
      await this.supervisor.close(graceMs);
    } finally {
      this.#endTelemetry?.();
    }
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
      telemetry: this.#telemetry,
      startChild: (parent, name, options) => this.#start(name, options, parent),
    };
  }

  #create(
    given: NewRunOptions,
    definition: string | null,
    more: Readonly<Record<string, unknown>>,
    kin: Kin = {},
  ): Promise<Recorded> {
    const { supervisor } = this;
    const telemetry = this.#telemetry;
    const port = { supervisor, definitions: this.#definitions, ids: this.#ids, telemetry };
    return createRun(port, given, definition, more, kin);
  }

  #handle<Result>(
    run: { readonly runId: string; readonly sessionId: string },
    epoch?: number,
  ): Run<Result> {
    return new RunHandle<Result>(this.#port, run, epoch);
  }
}
