import { isRunchartError } from '../errors.ts';
import {
  type Envelope,
  foldEvent,
  isTerminal,
  parseSnapshot,
  type RunSnapshot,
  type RunStatus,
} from '../machines/index.ts';
import type { Commit, CommitOutcome, EventStore, RunRecord, StoredEvent } from '../stores/index.ts';
import { appendFailed, refusedBy } from './append-errors.ts';
import type { ChartActor } from './chart-actor.ts';
import type { CommitSource } from './committer.ts';
import { decide, type RunRequest } from './decide.ts';
import { assertSize, type Draft } from './draft.ts';
import { envelopeOf, storedEvent } from './envelope.ts';
import { commitOf, type Flight, ownerAfter, type Recorded, type Waiting } from './flight.ts';
import { getRun } from './get-run.ts';

/** What a run actor needs from the one that owns it. */
export interface RunActorHost {
  readonly store: Pick<EventStore, 'get' | 'read' | 'findByKey'>;
  readonly clock: () => number;
  readonly eventId: () => string;
  /** Bytes of JSON that an event may have. */
  readonly maxEventBytes: number;
  /** Something waits to be written. */
  mark(source: CommitSource): void;
  /** New chart actors, for stepping what was stored. */
  chart(snapshot: RunSnapshot): ChartActor;
  /** These events are durable and applied; `before` them the run had that status. Runs before the callers hear of it. MUST NOT throw. */
  onStored(actor: RunActor, events: readonly StoredEvent[], before: RunStatus | null): void;
  /** Somebody else wrote to the run; its snapshot was read anew. MUST NOT throw. */
  onForeign(actor: RunActor): void;
  /** Nothing is waiting any more. */
  onIdle(actor: RunActor): void;
}

/**
 * One run: a mailbox in call order over the durable snapshot.
 *
 * Requests are decided only when they are about to be written, on the snapshot that is stored, so
 * nothing is ever built on an append that may fail. The store judges every commit; when it refuses
 * one, the run is read anew and what waits is decided again.
 */
export class RunActor implements CommitSource {
  readonly runId: string;
  readonly sessionId: string;
  readonly #host: RunActorHost;
  #snapshot: RunSnapshot | undefined;
  #owner: string | null;
  #waiting: Waiting[] = [];
  #flight: Flight | undefined;
  /** The run is being read; nothing may be decided meanwhile. */
  #reading = false;
  /** What is stored may be newer than the snapshot: read before deciding. */
  #stale = false;
  #chart: ChartActor | undefined;
  /** What may be stored or not, as neither the append nor a look at the log was answered. */
  readonly #unknown = new WeakMap<Draft, StoredEvent>();

  /** Without a record the run does not exist yet: its first request MUST be `run.created`. */
  constructor(host: RunActorHost, ids: { runId: string; sessionId: string }, record?: RunRecord) {
    this.#host = host;
    this.runId = ids.runId;
    this.sessionId = ids.sessionId;
    this.#owner = record?.owner ?? null;
    this.#snapshot = record && parseSnapshot(record.snapshot);
  }

  /** The durable snapshot; undefined until the run is created. */
  get snapshot(): RunSnapshot | undefined {
    return this.#snapshot;
  }

  get owner(): string | null {
    return this.#owner;
  }

  get idle(): boolean {
    return this.#waiting.length === 0 && this.#flight === undefined && !this.#reading;
  }

  /**
   * Queues a request. Resolves when what it records is durable, applied and shown. The same draft again,
   * after its outcome could not be found out, is recorded once all the same.
   */
  submit(request: RunRequest): Promise<Recorded> {
    const sent = this.#unknown.get(request.draft);
    return sent === undefined ? this.#queue(request) : this.#again(request, sent);
  }

  async #again(request: RunRequest, sent: StoredEvent): Promise<Recorded> {
    return (await this.#settled(request.draft, sent)) ?? this.#queue(request);
  }

  /** What came of a draft whose outcome could not be found out; undefined when nothing did. */
  async #settled(draft: Draft, sent: StoredEvent): Promise<Recorded | undefined> {
    const { store } = this.#host;
    try {
      const page = await store.read(this.runId, { afterSeq: sent.seq - 1, limit: 1 });
      this.#unknown.delete(draft);
      if (page.events[0]?.eventId !== sent.eventId) return undefined;
      this.refresh();
      const { snapshot } = await getRun(store, this.runId);
      return { envelope: envelopeOf(this, sent), snapshot: parseSnapshot(snapshot) };
    } catch (error) {
      throw appendFailed(this.runId, draft.type, error, true);
    }
  }

  #queue(request: RunRequest): Promise<Recorded> {
    return new Promise((resolve, reject) => {
      assertSize(this.runId, request.draft, this.#host.maxEventBytes);
      this.#waiting.push({ ...request, resolve, reject });
      this.#next();
    });
  }

  /** Somebody else may have written to the run: finds out, now or after what is in flight. */
  refresh(): void {
    this.#stale = true;
    this.#next();
  }

  /** Lets the live chart go; it comes back from the snapshot when it is needed. */
  releaseChart(): void {
    this.#chart?.stop();
    this.#chart = undefined;
  }

  #next(): void {
    if (this.#flight !== undefined || this.#reading) return;
    if (this.#stale && this.#snapshot !== undefined) void this.#read();
    else if (this.#waiting.length > 0) this.#host.mark(this);
    else this.#host.onIdle(this);
  }

  take(maxEvents: number, maxBytes: number): Commit | undefined {
    if (this.#flight !== undefined || this.#reading) return undefined;
    const before = this.#snapshot;
    const requests: Waiting[] = [];
    const events: StoredEvent[] = [];
    const snapshots: RunSnapshot[] = [];
    let snapshot = before;
    let owner = this.#owner;
    let bytes = 0;
    while (this.#waiting.length > 0 && requests.length < maxEvents && bytes < maxBytes) {
      const request = this.#waiting[0] as Waiting;
      // A key is answered for its whole commit, so a request with a key stands alone in one.
      if (request.idempotencyKey !== undefined && requests.length > 0) break;
      this.#waiting.shift();
      const decision = decide(snapshot, request, this.runId);
      if (decision.kind === 'refused' && !decision.isFinal && request.isSecondLook !== true) {
        this.#waiting.unshift({ ...request, isSecondLook: true });
        this.#stale = true;
        break;
      }
      if (decision.kind === 'refused') {
        void this.#unlessKnown(request, () => request.reject(decision.error));
      } else if (decision.kind === 'nothing') {
        // The answer rests on the snapshot so far, so it waits until that is durable.
        if (requests.length > 0) {
          this.#waiting.unshift(request);
          break;
        }
        void this.#unlessKnown(request, () =>
          request.resolve({ envelope: undefined, snapshot: decision.snapshot }),
        );
      } else {
        const envelope = this.#envelope(snapshot, request, decision.epoch, decision.late);
        if (envelope === undefined) continue;
        snapshot = foldEvent(snapshot, envelope);
        owner = ownerAfter(owner, request, snapshot);
        requests.push(request);
        snapshots.push(snapshot);
        events.push(storedEvent(envelope, request.draft.payload));
        bytes += request.draft.payload.length;
        if (request.idempotencyKey !== undefined) break;
      }
    }
    if (snapshot === undefined || requests.length === 0) {
      this.#next();
      return undefined;
    }
    this.#flight = { requests, events, snapshots, before, owner };
    return commitOf(this.#flight, snapshot);
  }

  /** Undefined when the caller's clock or ids fail: that request hears of it, the others go on. */
  #envelope(
    snapshot: RunSnapshot | undefined,
    { draft, reject }: Waiting,
    epoch: number,
    late: boolean,
  ): Envelope | undefined {
    try {
      return {
        eventId: this.#host.eventId(),
        runId: this.runId,
        sessionId: this.sessionId,
        seq: (snapshot?.eventCount ?? 0) + 1,
        emittedAtMs: Math.max(this.#host.clock(), snapshot?.updatedAtMs ?? 0),
        epoch,
        late,
        event: draft.event,
      };
    } catch (error) {
      reject(error);
      return undefined;
    }
  }

  settle(outcome: CommitOutcome): void {
    const flight = this.#land();
    if (outcome.kind === 'stored') this.#stored(flight);
    else if (outcome.kind === 'repeat') void this.#repeat(flight, outcome);
    else if (outcome.code === 'RUN_EXISTS' || outcome.code === 'RUN_NOT_FOUND') {
      const error = refusedBy(outcome.code, this.runId);
      for (const { reject } of flight.requests) reject(error);
    } else {
      // Somebody else wrote first: read what they did and decide again, in the same order.
      this.#waiting.unshift(...flight.requests);
      this.#stale = true;
    }
    this.#next();
  }

  /** The append was rejected. The log itself tells whether it was stored: the event ids are ours. */
  fail(error: unknown): void {
    const flight = this.#flight as Flight;
    void this.#findOut(flight, error);
  }

  async #findOut(flight: Flight, error: unknown): Promise<void> {
    this.#reading = true;
    const stored = await this.#wasStored(flight);
    this.#reading = false;
    this.#land();
    if (stored === true) this.#stored(flight);
    else {
      // What waits was sent before its sender could know of the failure: it does not move past it.
      const behind = this.#waiting.splice(0);
      if (stored === undefined) {
        for (const [i, { draft }] of flight.requests.entries()) {
          this.#unknown.set(draft, flight.events[i] as StoredEvent);
        }
      }
      for (const { reject, draft } of [...flight.requests, ...behind]) {
        reject(appendFailed(this.runId, draft.type, error, stored === undefined));
      }
    }
    this.#stale = this.#snapshot !== undefined;
    this.#next();
  }

  #land(): Flight {
    const flight = this.#flight;
    if (flight === undefined) throw new TypeError(`Expected a commit in flight for ${this.runId}`);
    this.#flight = undefined;
    return flight;
  }

  /** Durable: step the chart, show the events, tell the callers. In this order. */
  #stored({ requests, events, snapshots, before, owner }: Flight): void {
    this.#snapshot = snapshots.at(-1);
    this.#owner = owner;
    this.#step(before, requests, events);
    this.#host.onStored(this, events, before?.status ?? null);
    for (const [i, { resolve }] of requests.entries()) {
      const event = events[i] as StoredEvent;
      const snapshot = snapshots[i] as RunSnapshot;
      resolve({ envelope: envelopeOf(this, event), snapshot });
    }
  }

  #step(
    before: RunSnapshot | undefined,
    requests: readonly Waiting[],
    events: readonly StoredEvent[],
  ): void {
    const from = before ?? this.#snapshot;
    if (from === undefined || isTerminal(from.status)) return;
    this.#chart ??= this.#host.chart(from);
    for (const [i, { draft }] of requests.entries()) {
      if (events[i]?.late === false) this.#chart.step(draft);
    }
    if (this.#snapshot !== undefined && isTerminal(this.#snapshot.status)) this.releaseChart();
  }

  /** A repeat gets its first answer also where it would now get another, so its key is looked up first. */
  async #unlessKnown(request: Waiting, answer: () => void): Promise<void> {
    const { idempotencyKey: key, draft, resolve, reject } = request;
    const snapshot = this.#snapshot;
    if (key === undefined || snapshot === undefined) return answer();
    try {
      const first = (await this.#host.store.findByKey(this.runId, key))?.[0];
      if (first === undefined) answer();
      else resolve({ envelope: envelopeOf(this, first), snapshot, isRepeat: true });
    } catch (cause) {
      reject(appendFailed(this.runId, draft.type, cause));
    }
  }

  /** The key was used before: the answer of that time, and nothing new. */
  async #repeat(
    { requests }: Flight,
    { runId, events }: CommitOutcome & { kind: 'repeat' },
  ): Promise<void> {
    const [request] = requests;
    // Retention may have cut the event that the key stands for; the run is there all the same.
    const [first] = events;
    if (request === undefined) return;
    try {
      const { sessionId, snapshot } = await getRun(this.#host.store, runId);
      const envelope = first && envelopeOf({ runId, sessionId }, first);
      request.resolve({ envelope, snapshot: parseSnapshot(snapshot), isRepeat: true });
    } catch (error) {
      request.reject(appendFailed(runId, request.draft.type, error));
    }
  }

  /** Undefined when the log cannot be read either. */
  async #wasStored({ events, before }: Flight): Promise<boolean | undefined> {
    const last = events.at(-1);
    if (last === undefined) return false;
    try {
      const afterSeq = before?.eventCount ?? 0;
      const page = await this.#host.store.read(this.runId, { afterSeq, limit: events.length });
      return page.events.at(-1)?.eventId === last.eventId;
    } catch (error) {
      return isRunchartError(error, 'RUN_NOT_FOUND') ? false : undefined;
    }
  }

  async #read(): Promise<void> {
    this.#reading = true;
    this.#stale = false;
    let isRead = true;
    try {
      this.#adopt(await getRun(this.#host.store, this.runId));
    } catch (error) {
      isRead = false;
      this.#stale = true;
      for (const { reject, draft } of this.#waiting.splice(0)) {
        reject(appendFailed(this.runId, draft.type, error));
      }
    }
    this.#reading = false;
    // Somebody may have written again while this was read.
    if (this.#waiting.length > 0 || (isRead && this.#stale)) this.#next();
    else this.#host.onIdle(this);
  }

  #adopt(record: RunRecord): void {
    if (record.lastSeq === this.#snapshot?.eventCount) return;
    this.#snapshot = parseSnapshot(record.snapshot);
    this.#owner = record.owner;
    this.releaseChart();
    this.#host.onForeign(this);
  }
}
