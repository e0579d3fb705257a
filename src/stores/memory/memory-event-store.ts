import { RunchartError } from '../../errors.ts';
import { checkLimit, parseCursor } from '../check-query.ts';
import type {
  Commit,
  CommitOutcome,
  CommitRefusal,
  EventPage,
  EventStore,
  OwnerLease,
  ReadOptions,
  RunPage,
  RunQuery,
  RunRecord,
  StoredEvent,
} from '../event-store.ts';
import type { OpenGuard } from './memory.ts';

interface Entry {
  /** Order of creation: what lists and cursors go by. */
  readonly position: number;
  record: RunRecord;
  readonly log: StoredEvent[];
  /** What the commit that created the run recorded: a repeat of it gets these. */
  readonly created: readonly StoredEvent[];
  readonly byKey: Map<string, readonly StoredEvent[]>;
}

/** The log and the records of runs in maps. Everything in it is immutable text and numbers. */
export class MemoryEventStore implements EventStore {
  readonly capabilities = { durable: false, shared: false, background: false };
  readonly #assertOpen: OpenGuard;
  readonly #runs = new Map<string, Entry>();
  readonly #byPosition: Entry[] = [];
  readonly #byKey = new Map<string, Entry>();
  readonly #owners = new Set<string>();
  readonly #watchers = new Set<(runIds: readonly string[]) => void>();

  constructor(assertOpen: OpenGuard) {
    this.#assertOpen = assertOpen;
  }

  get runCount(): number {
    return this.#runs.size;
  }

  async append(commits: readonly Commit[]): Promise<readonly CommitOutcome[]> {
    this.#assertOpen();
    const outcomes = commits.map((commit) => this.#commit(commit));
    const written = commits.filter((_, i) => outcomes[i]?.kind === 'stored');
    // A single watcher is the writer itself.
    if (this.#watchers.size > 1 && written.length > 0) {
      const runIds = [...new Set(written.map(({ run }) => run.runId))];
      setImmediate(() => this.#watchers.forEach((onChange) => onChange(runIds)));
    }
    return outcomes;
  }

  #commit(commit: Commit): CommitOutcome {
    const { run, idempotencyKey: key, expectedSeq, events } = commit;
    const entry = this.#runs.get(run.runId);
    const earlier = this.#earlier(commit, entry);
    if (earlier !== undefined) return earlier;
    const code = refusal(commit, entry);
    if (code !== undefined) return { kind: 'refused', code };
    if (entry === undefined || expectedSeq === 0) this.#create(commit);
    else {
      entry.record = run;
      entry.log.push(...events);
      if (key !== undefined) entry.byKey.set(key, events);
    }
    return { kind: 'stored' };
  }

  #earlier({ idempotencyKey: key, expectedSeq }: Commit, entry?: Entry): CommitOutcome | undefined {
    if (key === undefined) return undefined;
    if (expectedSeq === 0) {
      const first = this.#byKey.get(key);
      if (first === undefined) return undefined;
      return { kind: 'repeat', runId: first.record.runId, events: first.created };
    }
    const events = entry?.byKey.get(key);
    if (entry === undefined || events === undefined) return undefined;
    return { kind: 'repeat', runId: entry.record.runId, events };
  }

  #create({ run, idempotencyKey, events }: Commit): void {
    const position = this.#byPosition.length;
    const log = [...events];
    const entry: Entry = { position, record: run, log, created: events, byKey: new Map() };
    this.#runs.set(run.runId, entry);
    this.#byPosition.push(entry);
    if (idempotencyKey !== undefined) this.#byKey.set(idempotencyKey, entry);
  }

  async read(runId: string, { afterSeq = 0, limit }: ReadOptions): Promise<EventPage> {
    this.#assertOpen();
    checkLimit(limit);
    const log = this.#runs.get(runId)?.log;
    if (log === undefined) {
      throw new RunchartError('RUN_NOT_FOUND', `There is no run ${runId} in this store.`);
    }
    // Event n stands at index n - 1: nothing is cut from a log in memory.
    const events = log.slice(afterSeq, afterSeq + limit);
    const nextAfterSeq = events.at(-1)?.seq ?? afterSeq;
    return { events, nextAfterSeq, hasMore: nextAfterSeq < log.length, firstSeq: 1 };
  }

  async get(runId: string): Promise<RunRecord | undefined> {
    this.#assertOpen();
    return this.#runs.get(runId)?.record;
  }

  async findByKey(runId: string, key: string): Promise<readonly StoredEvent[] | undefined> {
    this.#assertOpen();
    return this.#runs.get(runId)?.byKey.get(key);
  }

  async list({ limit, cursor, ...filter }: RunQuery): Promise<RunPage> {
    this.#assertOpen();
    checkLimit(limit);
    const runs: RunRecord[] = [];
    let position = cursor === undefined ? this.#byPosition.length : parseCursor(cursor);
    while (position > 0 && runs.length < limit) {
      position -= 1;
      const record = this.#byPosition[position]?.record;
      if (record !== undefined && matches(record, filter)) runs.push(record);
    }
    return { runs, nextCursor: position > 0 ? String(position) : null };
  }

  watch(onChange: (runIds: readonly string[]) => void): () => void {
    this.#assertOpen();
    this.#watchers.add(onChange);
    return () => this.#watchers.delete(onChange);
  }

  async enlist(ownerId: string): Promise<OwnerLease> {
    this.#assertOpen();
    if (this.#owners.has(ownerId)) {
      throw new RunchartError('STORE_BUSY', `Owner ${ownerId} is alive already; use another id.`);
    }
    this.#owners.add(ownerId);
    return { ownerId, release: async () => void this.#owners.delete(ownerId) };
  }

  async isAlive(ownerId: string): Promise<boolean> {
    this.#assertOpen();
    return this.#owners.has(ownerId);
  }
}

function refusal(
  { expectedSeq, expectedEpoch }: Commit,
  entry: Entry | undefined,
): CommitRefusal | undefined {
  if (expectedSeq === 0) return entry === undefined ? undefined : 'RUN_EXISTS';
  if (entry === undefined) return 'RUN_NOT_FOUND';
  const { epoch, lastSeq } = entry.record;
  if (expectedEpoch !== undefined && expectedEpoch !== epoch) return 'OWNER_FENCED';
  return expectedSeq === lastSeq ? undefined : 'SEQ_CONFLICT';
}

function matches(
  record: RunRecord,
  { statuses, sessionId, definition }: Omit<RunQuery, 'limit' | 'cursor'>,
): boolean {
  return (
    (statuses === undefined || statuses.includes(record.status)) &&
    (sessionId === undefined || record.sessionId === sessionId) &&
    (definition === undefined || record.definition === definition)
  );
}
