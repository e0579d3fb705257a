import { nanoid } from 'nanoid';
import type { InspectionEvent } from 'xstate';
import {
  createLanes,
  type Dispatch,
  draftEvent,
  envelopeOf,
  type HostedRun,
  type Hooks,
  type Ids,
  type Recorded,
  Supervisor,
  type Verification,
  verifyRun,
} from './actors/index.ts';
import { RunchartError } from './errors.ts';
import { type Json, jsonProblem } from './json.ts';
import { ACTIVE_STATUSES, parseSnapshot, type RunSnapshot, type RunStatus } from './machines/index.ts';
import { createRun, type Run } from './run.ts';
import type { RunRecord, StoreReport, Stores } from './stores/index.ts';
import {
  type AnyDefinition,
  createOutputs,
  hostRun,
  type OutputPort,
  type RunDefinition,
  type RunOutputs,
  validate,
} from './work/index.ts';

/** Runs driven at once unless `concurrency` says otherwise: agent runs mostly wait for others. */
const DEFAULT_CONCURRENCY = 100;
/** How long `close` waits for work that was told to stop, in milliseconds. */
const DEFAULT_GRACE_MS = 5_000;
const DEFAULT_PAGE = 100;

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

interface NewRunOptions {
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

/** Opens the stores and answers a runtime over them. Rejects with the store's error if they do not open. */
export async function createRuntime(options: RuntimeOptions): Promise<Runtime> {
  const definitions = byName(options.definitions ?? []);
  const { stores, inspect, clock = Date.now, hooks = {}, onError = warn } = options;
  const ids: Ids = { ...DEFAULT_IDS, ...options.ids };

  const outputsOf = (runId: string, port: Pick<OutputPort, 'attempt' | 'record'>): RunOutputs =>
    createOutputs({ runId, store: stores.outputs, clock, outputId: ids.output, ...port });

  const perform = async (run: HostedRun): Promise<void> => {
    const definition = definitions.get(run.snapshot.definition ?? '');
    if (definition === undefined) throw unknownDefinition(run.snapshot.definition ?? '', definitions);
    const { events } = await stores.events.read(run.runId, { limit: 1 });
    const created = events[0] && envelopeOf(run, events[0]).event;
    await hostRun(definition, run, {
      input: created?.['input'],
      outputs: ({ runId }, attempt, record) => outputsOf(runId, { attempt: async () => attempt, record }),
    });
  };

  const supervisor = new Supervisor({
    stores,
    dispatch: options.dispatch ?? createLanes(options.concurrency ?? DEFAULT_CONCURRENCY),
    clock,
    ids,
    perform,
    hooks,
    onError,
    inspect,
  });

  const handle = <Result>(
    { runId, sessionId }: { readonly runId: string; readonly sessionId: string },
    epoch?: number,
  ): Run<Result> => {
    const outputs = outputsOf(runId, {
      attempt: async () => Math.max(1, parseSnapshot((await supervisor.record(runId)).snapshot).attempt),
      record: (event) =>
        supervisor.submit(runId, {
          draft: draftEvent(runId, event),
          ...(epoch !== undefined && { epoch }),
        }),
    });
    return createRun<Result>({ supervisor, runId, sessionId, epoch, outputs });
  };

  const create = async (
    { runId = ids.run(), sessionId = runId, ...given }: NewRunOptions,
    definition: string | null,
    input?: Json,
  ): Promise<Recorded & { readonly isNew: boolean }> => {
    const { prompt = '', requireVerification = false, idempotencyKey } = given;
    const event = { type: 'run.created', prompt, definition, requireVerification, input };
    const owner = await supervisor.ownerId();
    const recorded = await supervisor.create(
      { runId, sessionId },
      {
        draft: draftEvent(runId, event),
        owner,
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      },
    );
    return { ...recorded, isNew: recorded.snapshot.runId === runId };
  };

  const infoOf = async (record: RunRecord, alive = aliveOnce(stores)): Promise<RunInfo> => ({
    snapshot: parseSnapshot(record.snapshot),
    owner: record.owner === null ? null : { id: record.owner, alive: await alive(record.owner) },
  });

  const list = async ({ status, limit = DEFAULT_PAGE, ...filter }: ListOptions = {}): Promise<RunList> => {
    supervisor.assertOpen();
    const statuses = status === undefined ? {} : { statuses: [status].flat() };
    const page = await stores.events.list({ ...filter, ...statuses, limit });
    const alive = aliveOnce(stores);
    const runs = await Promise.all(page.runs.map((record) => infoOf(record, alive)));
    return { runs, nextCursor: page.nextCursor };
  };

  const runtime: Runtime = {
    start: async (
      definition: AnyDefinition | string,
      { input, priority = 0, ...given }: StartOptions = {},
    ): Promise<Run<never>> => {
      const name = typeof definition === 'string' ? definition : definition.name;
      const known = definitions.get(name);
      if (known === undefined) throw unknownDefinition(name, definitions);
      const { snapshot, isNew } = await create(given, name, await checkedInput(known, input));
      const { runId, sessionId } = snapshot;
      if (isNew) supervisor.dispatch({ runId, sessionId, priority });
      return handle(snapshot);
    },
    open: async ({ definition, ...given } = {}) => {
      const { snapshot, isNew } = await create(given, definition ?? null);
      return handle(snapshot, isNew ? snapshot.epoch : undefined);
    },
    claim: async (runId) => {
      const [owner, before] = [await supervisor.ownerId(), (await supervisor.record(runId)).snapshot];
      const attempt = parseSnapshot(before).attempt + 1;
      const draft = draftEvent(runId, { type: 'attempt.started', attempt, owner });
      const { envelope, snapshot } = await supervisor.submit(runId, { draft, owner, unlessOver: true });
      return envelope && handle(snapshot, snapshot.epoch);
    },
    get: async (runId) => handle(await supervisor.record(runId)),
    list,
    info: async (runId) => infoOf(await supervisor.record(runId)),
    verify: async (runId) => verifyRun(stores.events, await supervisor.record(runId)),
    diagnose: async () => {
      supervisor.assertOpen();
      const active: RunInfo[] = [];
      let cursor: string | null | undefined;
      while (cursor !== null) {
        const page: RunList = await list({ status: ACTIVE_STATUSES, ...(cursor && { cursor }) });
        active.push(...page.runs.filter(({ owner }) => owner?.alive !== true));
        cursor = page.nextCursor;
      }
      return { ...(await stores.diagnose()), location: stores.location, abandoned: active };
    },
    drain: () => supervisor.drain(),
    close: ({ graceMs = DEFAULT_GRACE_MS } = {}) => supervisor.close(graceMs),
    [Symbol.asyncDispose]: () => supervisor.close(DEFAULT_GRACE_MS),
  };
  await supervisor.open();
  return runtime;
}

const DEFAULT_IDS: Ids = {
  run: () => `run_${nanoid()}`,
  event: () => `evt_${nanoid()}`,
  output: () => `out_${nanoid()}`,
  owner: () => `own_${nanoid()}`,
};

function byName(definitions: readonly AnyDefinition[]): ReadonlyMap<string, AnyDefinition> {
  const known = new Map(definitions.map((definition) => [definition.name, definition]));
  if (known.size === definitions.length) return known;
  throw new TypeError('Expected definitions with different names, got two of the same');
}

function unknownDefinition(name: string, known: ReadonlyMap<string, AnyDefinition>): RunchartError {
  const names = [...known.keys()].join(', ') || 'none';
  return new RunchartError(
    'DEFINITION_UNKNOWN',
    `No definition "${name}" is registered (registered: ${names}); pass it to createRuntime as one of "definitions".`,
  );
}

async function checkedInput({ name, input: schema }: AnyDefinition, input: unknown): Promise<Json> {
  const what = `The input of ${name}`;
  const value: unknown = schema === undefined ? input : await validate(schema, input, what);
  const flaw = value === undefined ? undefined : jsonProblem(value, 'input');
  if (flaw === undefined) return value as Json;
  throw new RunchartError('INPUT_INVALID', `${what} is not JSON: ${flaw}.`);
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

function warn(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(text, { type: 'RunchartWarning' });
}
