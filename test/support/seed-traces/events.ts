import { isDeepStrictEqual } from 'node:util';
import { isRunchartError, RunchartError } from '../../../src/errors.ts';
import {
  type Envelope,
  foldEvent,
  isTerminal,
  type RunEvent,
  type RunSnapshot,
  snapshotJson,
} from '../../../src/machines/index.ts';
import type { Commit, EventStore, StoredEvent } from '../../../src/stores/index.ts';
import { type Adapter, type Answer, done, type Plain, refused } from './replay.ts';
import type { Trace } from './traces.ts';

interface SeedEvent {
  readonly type: keyof typeof TYPES;
  readonly run: string;
  readonly session?: string;
  readonly delta?: string;
  readonly error?: string;
}

export type EventRequest =
  | { readonly op: 'ev.append'; readonly event: SeedEvent; readonly failing?: boolean }
  | {
      readonly op: 'ev.list_after';
      readonly run: string;
      readonly limit: number;
      readonly after?: number;
    };

/** `run.created` is event 1, so what the seed numbers n stands at n + 1. */
const CREATED_IS_FIRST = 'difference 4 (run.created is event 1)';
/** The seed knows no session before its start event, and changes it with each one. */
const SESSION = 'rule: sessionId is on every envelope';

const TYPES = {
  RunStarted: 'run.started',
  TextDelta: 'text.delta',
  RunCompleted: 'run.completed',
  RunFailed: 'run.failed',
  RunCancelled: 'run.cancelled',
} as const;
const SEED_TYPES = new Map(Object.entries(TYPES).map(([seed, ours]) => [ours as string, seed]));

/** An event in the seed's words. */
interface View {
  readonly type: string;
  readonly seq: number;
  readonly session_id: string | null;
  readonly run_id: string;
  readonly delta: string | null;
  readonly error: string | null;
  readonly terminal: boolean;
}

/** Puts the seed's requests to an event store of ours, as the one writer of every run. */
export class EventAdapter implements Adapter<EventRequest> {
  readonly #store: EventStore;
  readonly #failing: EventStore;
  /** The session that each run is created for: that of its first start event. */
  readonly #sessions: ReadonlyMap<string, string>;
  readonly #snapshots = new Map<string, RunSnapshot>();
  readonly #seed = new Map<string, View[]>();
  readonly #expected = new Map<string, View[]>();

  constructor(store: EventStore, trace: Trace<EventRequest>) {
    this.#store = store;
    this.#failing = failingStore(store);
    const starts = trace.ops.flatMap(([request]) =>
      request.op === 'ev.append' && request.failing !== true ? [request.event] : [],
    );
    this.#sessions = new Map(
      starts
        .filter(({ session }) => session !== undefined)
        .toReversed()
        .map(({ run, session = '' }) => [run, `$${session}`]),
    );
  }

  ask(request: EventRequest): Promise<Answer> {
    return request.op === 'ev.append'
      ? this.#append(request.event, request.failing === true)
      : this.#list(request.run, request.after ?? 0, request.limit);
  }

  async #append(event: SeedEvent, failing: boolean): Promise<Answer> {
    const store = failing ? this.#failing : this.#store;
    const ours = await outcome(() => this.#write(store, event));
    if (failing) {
      const failed = refused('Append');
      return { ours, expected: failed, seed: failed, rules: [] };
    }
    const log = this.#seed.get(event.run) ?? [];
    const seed: View = {
      type: event.type,
      seq: log.length + 1,
      session_id:
        event.session === undefined ? (log.at(-1)?.session_id ?? null) : `$${event.session}`,
      run_id: `$${event.run}`,
      delta: event.delta ?? null,
      error: event.error ?? null,
      terminal: ['RunCompleted', 'RunFailed', 'RunCancelled'].includes(event.type),
    };
    const expected = this.#moved(seed);
    this.#seed.set(event.run, [...log, seed]);
    this.#expected.set(event.run, [
      ...(this.#expected.get(event.run) ?? [this.#created(event.run)]),
      expected,
    ]);
    const rules = [CREATED_IS_FIRST, ...(expected.session_id === seed.session_id ? [] : [SESSION])];
    return { ours, expected: done(expected), seed: done(seed), rules };
  }

  async #list(run: string, after: number, limit: number): Promise<Answer> {
    const log = this.#seed.get(run);
    const ours = await outcome(() => this.#page(run, after, limit));
    if (log === undefined) {
      return { ours, expected: refused('NotFound'), seed: refused('NotFound'), rules: [] };
    }
    const page = (views: readonly View[]): View[] =>
      views.filter(({ seq }) => seq > after).slice(0, limit);
    const seed = page(log);
    const expected = page(this.#expected.get(run) ?? []);
    const sessionDiffers = expected.some(
      ({ seq, session_id }) => seq > 1 && log[seq - 2]?.session_id !== session_id,
    );
    const rules = isDeepStrictEqual(expected, seed)
      ? []
      : [CREATED_IS_FIRST, ...(sessionDiffers ? [SESSION] : [])];
    // A reader who has seen as many of the run's own events gets the same page, each event one higher.
    const shifted = await this.#page(run, after + 1, limit);
    const asides = [{ ours: shifted, expected: seed.map((view) => this.#moved(view)) }];
    return { ours, expected: done(expected), seed: done(seed), rules, asides };
  }

  /** An event of the seed's as our rules make it. */
  #moved(view: View): View {
    return { ...view, seq: view.seq + 1, session_id: this.#sessionOf(view.run_id.slice(1)) };
  }

  #created(run: string): View {
    const none = { delta: null, error: null, terminal: false };
    return {
      ...none,
      type: 'run.created',
      seq: 1,
      session_id: this.#sessionOf(run),
      run_id: `$${run}`,
    };
  }

  #sessionOf(run: string): string {
    return this.#sessions.get(run) ?? 'ses_unknown';
  }

  async #page(run: string, afterSeq: number, limit: number): Promise<View[]> {
    const { events } = await this.#store.read(run, { afterSeq, limit });
    const record = await this.#store.get(run);
    return events.map((event) => viewOf(run, record?.sessionId ?? '', event));
  }

  async #write(store: EventStore, seedEvent: SeedEvent): Promise<View> {
    const { run } = seedEvent;
    const before = this.#snapshots.get(run);
    const event = eventOf(seedEvent);
    const created = {
      type: 'run.created',
      prompt: '',
      definition: null,
      requireVerification: false,
    };
    const envelopes: Envelope[] = [];
    let snapshot = before;
    for (const next of before === undefined ? [created, event] : [event]) {
      const envelope = this.#envelope(run, next, snapshot);
      snapshot = foldEvent(snapshot, envelope);
      envelopes.push(envelope);
    }
    const stored = envelopes.map(storedOf);
    const [result] = await store.append([commitOf(snapshot as RunSnapshot, before, stored)]);
    if (result?.kind !== 'stored') throw new Error(`not stored: ${JSON.stringify(result)}`);
    this.#snapshots.set(run, snapshot as RunSnapshot);
    return viewOf(run, this.#sessionOf(run), stored.at(-1) as StoredEvent);
  }

  #envelope(runId: string, event: RunEvent, before: RunSnapshot | undefined): Envelope {
    const seq = (before?.eventCount ?? 0) + 1;
    const sessionId = this.#sessionOf(runId);
    const late = before !== undefined && isTerminal(before.status);
    return {
      eventId: `${runId}-${seq}`,
      runId,
      sessionId,
      seq,
      emittedAtMs: seq,
      epoch: 0,
      late,
      event,
    };
  }
}

function eventOf({ type, delta, error }: SeedEvent): RunEvent {
  return {
    type: TYPES[type],
    ...(delta === undefined ? {} : { delta }),
    ...(error === undefined ? {} : { error: { name: 'Error', message: error } }),
  };
}

function storedOf({ seq, eventId, emittedAtMs, epoch, late, event }: Envelope): StoredEvent {
  return {
    seq,
    eventId,
    type: event.type,
    emittedAtMs,
    epoch,
    late,
    payload: JSON.stringify(event),
  };
}

function commitOf(
  snapshot: RunSnapshot,
  before: RunSnapshot | undefined,
  events: readonly StoredEvent[],
): Commit {
  const { runId, sessionId, definition, status, eventCount, epoch, createdAtMs, updatedAtMs } =
    snapshot;
  return {
    run: {
      runId,
      sessionId,
      definition,
      status,
      lastSeq: eventCount,
      epoch,
      owner: null,
      wakeAtMs: null,
      parentRunId: null,
      forkedFrom: null,
      createdAtMs,
      updatedAtMs,
      snapshot: snapshotJson(snapshot),
    },
    expectedSeq: before?.eventCount ?? 0,
    events,
  };
}

function viewOf(run: string, sessionId: string, { seq, payload }: StoredEvent): View {
  const event = JSON.parse(payload) as RunEvent;
  const failure = event['error'] as { message: string } | undefined;
  return {
    type: SEED_TYPES.get(event.type) ?? event.type,
    seq,
    session_id: sessionId,
    run_id: `$${run}`,
    delta: (event['delta'] as string | undefined) ?? null,
    error: failure?.message ?? null,
    terminal: ['run.completed', 'run.failed', 'run.cancelled'].includes(event.type),
  };
}

/** The seed's words for our codes: the same answer, called otherwise. */
const SEED_ERRORS = new Map([
  ['RUN_NOT_FOUND', 'NotFound'],
  ['APPEND_FAILED', 'Append'],
]);

async function outcome(ask: () => Promise<unknown>): Promise<Plain> {
  try {
    return done(await ask());
  } catch (error) {
    if (!isRunchartError(error)) throw error;
    return refused(SEED_ERRORS.get(error.code) ?? error.code);
  }
}

/** A store that can be read and takes nothing, as the seed's own failing store. */
function failingStore(store: EventStore): EventStore {
  return {
    capabilities: store.capabilities,
    append: () => Promise.reject(new RunchartError('APPEND_FAILED', 'This store takes nothing.')),
    read: (runId, options) => store.read(runId, options),
    import: () => Promise.reject(new RunchartError('APPEND_FAILED', 'This store takes nothing.')),
    get: (runId) => store.get(runId),
    findByKey: (runId, key) => store.findByKey(runId, key),
    list: (query) => store.list(query),
    countByStatus: (query) => store.countByStatus(query),
    watch: (onChange) => store.watch(onChange),
    enlist: (ownerId) => store.enlist(ownerId),
    isAlive: (ownerId) => store.isAlive(ownerId),
    due: (query) => store.due(query),
    owners: () => store.owners(),
    cut: (runId, throughSeq, base) => store.cut(runId, throughSeq, base),
    goneRuns: () => store.goneRuns(),
    secret: () => store.secret(),
  };
}
