import { nanoid } from 'nanoid';
import {
  createLanes,
  draftEvent,
  envelopeOf,
  type HostedRun,
  type Ids,
  type Recorded,
  Supervisor,
  takenOver,
  type Verification,
  verifyRun,
} from './actors/index.ts';
import { checkName, checkNumber } from './check-input.ts';
import { isRunchartError, RunchartError } from './errors.ts';
import { type Json, jsonProblem } from './json.ts';
import { ACTIVE_STATUSES, isTerminal, parseSnapshot, type RunSnapshot } from './machines/index.ts';
import { type Run, RunHandle, type RunPort } from './run.ts';
import type {
  ListOptions,
  NewRunOptions,
  OpenOptions,
  RunInfo,
  RunList,
  Runtime,
  RuntimeOptions,
  RuntimeReport,
  StartOptions,
} from './runtime.ts';
import type { RunRecord, Stores } from './stores/index.ts';
import {
  type AnyDefinition,
  createOutputs,
  hostRun,
  insist,
  type OutputPort,
  type RunOutputs,
  validate,
} from './work/index.ts';

/** Runs driven at once unless `concurrency` says otherwise: agent runs mostly wait for others. */
const DEFAULT_CONCURRENCY = 100;
/** How long `close` waits for work that was told to stop, in milliseconds. */
const DEFAULT_GRACE_MS = 5_000;
const DEFAULT_PAGE = 100;
/** The epoch of a run that nobody has claimed since it was created. */
const FIRST_EPOCH = 1;

/** Opens the stores and answers a runtime over them. Rejects with the store's error if they do not open. */
export async function createRuntime(options: RuntimeOptions): Promise<Runtime> {
  const runtime = new LocalRuntime(options);
  await runtime.supervisor.open();
  return runtime;
}

/** The public face of a supervisor: checks what comes in, and shapes what goes out. */
class LocalRuntime implements Runtime {
  readonly #stores: Stores;
  readonly #definitions: ReadonlyMap<string, AnyDefinition>;
  readonly #ids: Ids;
  readonly #clock: () => number;
  readonly supervisor: Supervisor;
  readonly #port: RunPort;

  constructor(options: RuntimeOptions) {
    const { stores, inspect, clock = Date.now, hooks = {}, onError = warn } = options;
    this.#stores = stores;
    this.#definitions = byName(options.definitions ?? []);
    this.#ids = { ...DEFAULT_IDS, ...options.ids };
    this.#clock = clock;
    this.supervisor = new Supervisor({
      stores,
      dispatch: options.dispatch ?? createLanes(options.concurrency ?? DEFAULT_CONCURRENCY),
      clock,
      ids: this.#ids,
      perform: (run) => this.#perform(run),
      hooks,
      onError: (error) => tellOf(error, onError),
      inspect,
    });
    this.#port = {
      supervisor: this.supervisor,
      outputs: (runId, epoch) => this.#handleOutputs(runId, epoch),
    };
  }

  async start<Result>(
    definition: AnyDefinition | string,
    { input, priority = 0, ...given }: StartOptions = {},
  ): Promise<Run<Result>> {
    const name = typeof definition === 'string' ? definition : definition.name;
    const known = this.#definition(name);
    checkNumber('priority', priority);
    const { snapshot } = await this.#create(given, name, await checkedInput(known, input));
    const { runId, sessionId } = snapshot;
    // A repeat too: the answer of the first time may have been lost before the run was queued.
    this.supervisor.dispatch({ runId, sessionId, priority }, FIRST_EPOCH);
    return this.#handle(snapshot);
  }

  async open({ definition, ...given }: OpenOptions = {}): Promise<Run> {
    const { snapshot, isRepeat } = await this.#create(given, definition ?? null);
    return this.#handle(snapshot, isRepeat === true ? undefined : snapshot.epoch);
  }

  async claim(runId: string): Promise<Run | undefined> {
    const owner = await this.supervisor.ownerId();
    for (;;) {
      const { attempt: expectedAttempt } = await this.#snapshot(runId);
      const event = { type: 'attempt.started', attempt: expectedAttempt + 1, owner };
      const request = { draft: draftEvent(runId, event), owner, expectedAttempt, unlessOver: true };
      try {
        const { envelope, snapshot } = await this.supervisor.submit(runId, request);
        return envelope && this.#handle(snapshot, snapshot.epoch);
      } catch (error) {
        // Somebody else began that attempt: this one is the next.
        if (!isRunchartError(error, 'SEQ_CONFLICT')) throw error;
      }
    }
  }

  async get(runId: string): Promise<Run> {
    return this.#handle(await this.supervisor.record(runId));
  }

  async list({ status, limit = DEFAULT_PAGE, ...filter }: ListOptions = {}): Promise<RunList> {
    this.supervisor.assertOpen();
    const statuses = status === undefined ? {} : { statuses: [status].flat() };
    const page = await this.#stores.events.list({ ...filter, ...statuses, limit });
    const alive = aliveOnce(this.#stores);
    const runs = await Promise.all(page.runs.map((record) => infoOf(record, alive)));
    return { runs, nextCursor: page.nextCursor };
  }

  async info(runId: string): Promise<RunInfo> {
    return infoOf(await this.supervisor.record(runId), aliveOnce(this.#stores));
  }

  async verify(runId: string): Promise<Verification> {
    return verifyRun(this.#stores.events, await this.supervisor.record(runId));
  }

  async diagnose(): Promise<RuntimeReport> {
    const abandoned: RunInfo[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const page: RunList = await this.list({ status: ACTIVE_STATUSES, ...(cursor && { cursor }) });
      abandoned.push(...page.runs.filter(({ owner }) => owner?.alive !== true));
      cursor = page.nextCursor;
    }
    return { ...(await this.#stores.diagnose()), location: this.#stores.location, abandoned };
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

  #definition(name: string): AnyDefinition {
    const known = this.#definitions.get(name);
    if (known !== undefined) return known;
    const names = [...this.#definitions.keys()].join(', ') || 'none';
    throw new RunchartError(
      'DEFINITION_UNKNOWN',
      `No definition "${name}" is registered (registered: ${names}); pass it to createRuntime as one of "definitions".`,
    );
  }

  async #create(
    { runId = this.#ids.run(), sessionId = runId, ...given }: NewRunOptions,
    definition: string | null,
    input?: Json,
  ): Promise<Recorded> {
    const { prompt = '', requireVerification = false, idempotencyKey } = given;
    checkName('runId', runId);
    checkName('sessionId', sessionId);
    if (idempotencyKey !== undefined) checkName('idempotencyKey', idempotencyKey);
    const event = { type: 'run.created', prompt, definition, requireVerification, input };
    const request = {
      draft: draftEvent(runId, event),
      owner: await this.supervisor.ownerId(),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    };
    return this.supervisor.create({ runId, sessionId }, request);
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

  /** The outputs of a run as its handles have them. */
  #handleOutputs(runId: string, epoch: number | undefined): RunOutputs {
    const asDriver = epoch === undefined ? {} : { epoch };
    return this.#outputs(runId, {
      attempt: async () => {
        const now = await this.#snapshot(runId);
        // Asked before the output is stored: it would count for the attempt of the new owner.
        if (epoch !== undefined && epoch !== now.epoch && !isTerminal(now.status)) {
          throw takenOver(runId);
        }
        return Math.max(1, now.attempt);
      },
      record: (event) =>
        this.supervisor.submit(runId, { draft: draftEvent(runId, event), ...asDriver }),
    });
  }

  #outputs(runId: string, port: Pick<OutputPort, 'attempt' | 'record'>): RunOutputs {
    const store = this.#stores.outputs;
    return createOutputs({ runId, store, clock: this.#clock, outputId: this.#ids.output, ...port });
  }

  async #perform(run: HostedRun): Promise<void> {
    const definition = this.#definition(run.snapshot.definition ?? '');
    const { events } = await insist(() => this.#stores.events.read(run.runId, { limit: 1 }));
    const input = events[0] && envelopeOf(run, events[0]).event['input'];
    await hostRun(definition, run, {
      input,
      outputs: (attempt, record) => {
        const current = async (): Promise<number> => {
          if (isRunchartError(run.signal.reason, 'OWNER_FENCED')) throw run.signal.reason;
          return attempt;
        };
        return this.#outputs(run.runId, { attempt: current, record });
      },
    });
  }
}

/**
 * Ids of rows that stores index begin with the time, so that new ones stand together in the index: a
 * random id there halves the rate of a group commit. Ids that nothing is looked up by are random.
 */
const DEFAULT_IDS: Ids = {
  run: () => `run_${timeOrdered()}`,
  event: () => `evt_${nanoid()}`,
  output: () => `out_${timeOrdered()}`,
  owner: () => `own_${nanoid()}`,
};

/** 8 characters of time (until the year 2059), 13 of chance: 78 bits within a millisecond. */
function timeOrdered(): string {
  return Date.now().toString(36) + nanoid(13);
}

function byName(definitions: readonly AnyDefinition[]): ReadonlyMap<string, AnyDefinition> {
  const known = new Map(definitions.map((definition) => [definition.name, definition]));
  if (known.size === definitions.length) return known;
  throw new TypeError('Expected definitions with different names, got two of the same');
}

async function checkedInput({ name, input: schema }: AnyDefinition, input: unknown): Promise<Json> {
  const what = `The input of ${name}`;
  // A copy: what the caller does to the input from now on is not in the run.
  const own =
    input === undefined || jsonProblem(input) !== undefined ? input : copyOf(input as Json);
  const value: unknown = schema === undefined ? own : await validate(schema, own, what);
  const flaw = value === undefined ? undefined : jsonProblem(value, 'input');
  if (flaw === undefined) return value as Json;
  throw new RunchartError('INPUT_INVALID', `${what} is not JSON: ${flaw}.`);
}

function copyOf(value: Json): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

async function infoOf(
  { snapshot, owner }: RunRecord,
  alive: (ownerId: string) => Promise<boolean>,
): Promise<RunInfo> {
  return {
    snapshot: parseSnapshot(snapshot),
    owner: owner === null ? null : { id: owner, alive: await alive(owner) },
  };
}

/** Asks once per owner, however many runs it has. */
function aliveOnce({ events }: Stores): (ownerId: string) => Promise<boolean> {
  const answers = new Map<string, Promise<boolean>>();
  return (ownerId) => {
    const answer = answers.get(ownerId) ?? events.isAlive(ownerId);
    answers.set(ownerId, answer);
    return answer;
  };
}

/** A listener of faults that throws itself must not become another fault. */
function tellOf(error: unknown, onError: (error: unknown) => void): void {
  try {
    onError(error);
  } catch (fault) {
    warn(fault);
  }
}

function warn(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(text, { type: 'RunchartWarning' });
}
