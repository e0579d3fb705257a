import {
  type Clock,
  createLanes,
  draftEvent,
  type Ids,
  type Recorded,
  Supervisor,
  systemClock,
} from './actors/index.ts';
import { cancelChildren } from './cancel-children.ts';
import { checkName, checkNumber } from './check-input.ts';
import { claimRun } from './claim-run.ts';
import { isRunchartError, RunchartError } from './errors.ts';
import { type Explanation, explainRun } from './explain-run.ts';
import {
  DEFAULT_CONCURRENCY,
  DEFAULT_GRACE_MS,
  DEFAULT_LIMITS,
  DEFAULT_MAX_ATTEMPTS,
  DEFAULT_PAGE,
  DEFAULT_STALLED_AFTER_MS,
} from './defaults.ts';
import { type ForkKey, planFork, settleFork, throwForkError } from './fork-run.ts';
import { DEFAULT_IDS } from './ids.ts';
import { parseSnapshot, type RunSnapshot } from './machines/index.ts';
import { type PerformPort, performRun } from './perform-run.ts';
import { type PruneOptions, type PruneReport, pruneRuns } from './prune-runs.ts';
import { createCheckpoints } from './run-checkpoints.ts';
import { createInterrupts } from './run-interrupts.ts';
import { checkedInput, RegisteredDefinitions } from './registered-definitions.ts';
import { aliveOnce, type InfoPort, infoOf, leftRuns, whyLeft } from './run-info.ts';
import { handleOutputs, type OutputsPort } from './run-outputs.ts';
import { keyed, type RepeatOptions, type Run, RunHandle, type RunPort } from './run.ts';
import { createCharts } from './runtime-charts.ts';
import { tellChanges } from './run-changes.ts';
import type {
  ChangesOptions,
  ForkOptions,
  Limits,
  ListOptions,
  NewRunOptions,
  OpenOptions,
  OutputReader,
  RunChange,
  RunInfo,
  RunList,
  Runtime,
  RuntimeOptions,
  RuntimeReport,
  StartOptions,
} from './runtime.ts';
import type { Stores } from './stores/index.ts';
import { tellFault, warnOf } from './tell-fault.ts';
import {
  type Verification,
  verifyAll,
  verifyRun,
  type VerifyOptions,
} from './verification/index.ts';
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
  readonly #stalledAfterMs: number;
  readonly #limits: Required<Limits>;
  readonly #onError: (error: unknown) => void;
  readonly supervisor: Supervisor;
  readonly #port: RunPort;
  readonly chart: Runtime['chart'];

  constructor(options: RuntimeOptions) {
    const { stores, inspect, clock = Date.now, hooks = {}, onError = warnOf } = options;
    const { recovery = 'resume', maxAttempts = DEFAULT_MAX_ATTEMPTS } = options;
    const { stalledAfterMs = DEFAULT_STALLED_AFTER_MS } = options;
    this.#stores = stores;
    this.#definitions = new RegisteredDefinitions(options.definitions ?? []);
    this.chart = createCharts((name) => this.#definitions.find(name));
    this.#ids = { ...DEFAULT_IDS, ...options.ids };
    this.#clock = typeof clock === 'function' ? systemClock(clock) : clock;
    this.#maxAttempts = maxAttempts;
    this.#stalledAfterMs = stalledAfterMs;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#onError = (error) => tellFault(error, onError);
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
      onOver: (snapshot) => cancelChildren(this.supervisor, snapshot).catch(this.#onError),
      hooks,
      onError: this.#onError,
      inspect,
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
    { runId, superStep }: ForkKey,
    { edits, throughReducers, priority = 0, ...given }: ForkOptions = {},
  ): Promise<Run> {
    checkNumber('priority', priority);
    const { definition: name } = await this.#snapshot(runId);
    const known = this.#definitions.find(name);
    const key = { runId, ...(superStep !== undefined && { superStep }) };
    const changes = {
      ...(edits !== undefined && { edits }),
      ...(throughReducers !== undefined && { throughReducers }),
    };
    const plan = await planFork(this.supervisor, known, key, changes);
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

  async list({ status, limit = DEFAULT_PAGE, ...filter }: ListOptions = {}): Promise<RunList> {
    this.supervisor.assertOpen();
    const statuses = status === undefined ? {} : { statuses: [status].flat() };
    const page = await this.#stores.events.list({ ...filter, ...statuses, limit });
    const port = this.#infoPort();
    const runs = await Promise.all(page.runs.map((record) => infoOf(record, port)));
    return { runs, nextCursor: page.nextCursor };
  }

  changes({ signal }: ChangesOptions = {}): AsyncGenerator<RunChange, void, void> {
    this.supervisor.assertOpen();
    return tellChanges(this.supervisor.feed.changed.follow(signal), (runId) => this.info(runId));
  }

  async info(runId: string): Promise<RunInfo> {
    return infoOf(await this.supervisor.record(runId), this.#infoPort());
  }

  async verify(runId: string, options?: VerifyOptions): Promise<Verification> {
    return verifyRun(this.#stores, await this.supervisor.record(runId), options);
  }

  async explain(runId: string): Promise<Explanation> {
    return explainRun(this.#stores.events, await this.supervisor.record(runId));
  }

  verifyAll(options?: VerifyOptions): AsyncGenerator<Verification, void, void> {
    this.supervisor.assertOpen();
    return verifyAll(this.#stores, options);
  }

  async diagnose(): Promise<RuntimeReport> {
    const why = (info: RunInfo): string | undefined =>
      whyLeft(info, this.#definitions, this.#clock.now());
    const abandoned = await leftRuns(this, why);
    return { ...(await this.#stores.diagnose()), location: this.#stores.location, abandoned };
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

  #infoPort(): InfoPort {
    const isAlive = aliveOnce(this.#stores);
    return { clock: this.#clock, stalledAfterMs: this.#stalledAfterMs, isAlive };
  }

  async #create(
    { runId = this.#ids.run(), sessionId = runId, ...given }: NewRunOptions,
    definition: string | null,
    more: Readonly<Record<string, unknown>>,
  ): Promise<Recorded> {
    const { prompt = '', requireVerification = false, idempotencyKey } = given;
    checkName('runId', runId);
    checkName('sessionId', sessionId);
    const event = { type: 'run.created', prompt, definition, requireVerification, ...more };
    const request = {
      draft: draftEvent(runId, event),
      owner: more['unowned'] === true ? null : await this.supervisor.ownerId(),
      ...keyed(idempotencyKey),
    };
    try {
      return await this.supervisor.create({ runId, sessionId }, request);
    } catch (error) {
      // It may be there all the same, and ours: then nobody else would ever drive it.
      const isOfOurs = this.#definitions.find(definition) !== undefined;
      if (isOfOurs && isRunchartError(error, 'APPEND_FAILED'))
        this.supervisor.dispatchIfStored(runId);
      throw error;
    }
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
