import { randomBytes } from 'node:crypto';
import { RunchartError } from '../../errors.ts';
import { checkImport, refuseImport } from '../check-import.ts';
import { checkCut, checkLimit, parseCursor } from '../check-query.ts';
import type {
  Commit,
  CommitOutcome,
  CommitRefusal,
  CountQuery,
  DueQuery,
  EventPage,
  EventStore,
  GoneRuns,
  OwnerLease,
  ReadOptions,
  RunImport,
  RunPage,
  RunQuery,
  RunRecord,
  StoredEvent,
} from '../event-store.ts';
import type { RunHold } from '../write-fence.ts';
import { dueRuns, matches, placeAfter } from './match-run.ts';
import {
  addImported,
  chainOf,
  createdEvents,
  forgettable,
  importedRun,
  keysOf,
  link,
  type MemoryRun,
  newRun,
  originsOf,
  refusal,
  replaced,
} from './memory-run.ts';
import type { OpenGuard } from './memory.ts';

/** The log and the records of runs in maps. Everything in it is immutable text and numbers. */
export class MemoryEventStore implements EventStore {
  readonly capabilities = { durable: false, shared: false, background: false };
  readonly #assertOpen: OpenGuard;
  readonly #runs = new Map<string, MemoryRun>();
  /** In order of creation, without those that were forgotten. */
  #inOrder: MemoryRun[] = [];
  #lastPosition = 0;
  readonly #byKey = new Map<string, MemoryRun>();
  /** Runs without an owner that want to be driven some time. */
  readonly #unowned = new Set<MemoryRun>();
  /** How many runs each owner has. */
  readonly #owned = new Map<string, number>();
  /** Children and forks in order of creation, by the run that they come from. */
  readonly #comingFrom = new Map<string, MemoryRun[]>();
  readonly #owners = new Set<string>();
  readonly #secret = randomBytes(32).toString('hex');
  readonly #watchers = new Set<(runIds: readonly string[]) => void>();
  /** How many watchers there ever were. */
  #watches = 0;

  readonly #isChaining: boolean;

  constructor(assertOpen: OpenGuard, isChaining: boolean) {
    this.#assertOpen = assertOpen;
    this.#isChaining = isChaining;
  }

  get runCount(): number {
    return this.#runs.size;
  }

  /** Who drives the run at this moment; undefined when there is no such run. */
  holdOf(runId: string): RunHold | undefined {
    return this.#runs.get(runId)?.record;
  }

  async append(commits: readonly Commit[]): Promise<readonly CommitOutcome[]> {
    this.#assertOpen();
    const outcomes = commits.map((commit) => this.#commit(commit));
    const written = commits.filter((_, i) => outcomes[i]?.kind === 'stored');
    // The only one that ever watched is the writer itself; of several, the writer may have left already.
    if (this.#watches > 1 && written.length > 0) this.#tell(written.map(({ run }) => run.runId));
    return outcomes;
  }

  async import(pieces: readonly RunImport[]): Promise<void> {
    this.#assertOpen();
    for (const piece of pieces) this.#import(piece);
  }

  #import(piece: RunImport): void {
    checkImport(piece);
    const { run, first, events } = piece;
    const known = this.#runs.get(run.runId);
    refuseImport(piece, {
      lastSeq: known?.record.lastSeq,
      isChained: known?.hashes != null,
      hasSource: (runId) => this.#runs.has(runId),
      createdBy: (key) => this.#byKey.get(key)?.record.runId,
    });
    if (first !== undefined) {
      const entry = importedRun((this.#lastPosition += 1), run, first);
      addImported(entry, events);
      this.#add(entry);
    } else if (known !== undefined) {
      this.#record(known, replaced(known.record, run));
      addImported(known, events);
    }
    this.#tell([run.runId]);
  }

  #tell(written: readonly string[]): void {
    const runIds = [...new Set(written)];
    setImmediate(() => this.#watchers.forEach((onChange) => onChange(runIds)));
  }

  #commit(commit: Commit): CommitOutcome {
    const { run, idempotencyKey: key, expectedSeq, events } = commit;
    const entry = this.#runs.get(run.runId);
    const earlier = this.#earlier(commit, entry);
    if (earlier !== undefined) return earlier;
    const code = refusal(commit, entry) ?? this.#withoutSource(commit);
    if (code !== undefined) return { kind: 'refused', code };
    if (entry === undefined || expectedSeq === 0) this.#create(commit);
    else {
      this.#record(entry, replaced(entry.record, run));
      entry.log.push(...events);
      link(entry, events);
      if (key !== undefined) entry.byKey.set(key, events);
    }
    return { kind: 'stored' };
  }

  /** A fork needs its source, which `forget` may have taken since the fork was planned. */
  #withoutSource({ run: { forkedFrom }, expectedSeq }: Commit): CommitRefusal | undefined {
    if (expectedSeq > 0 || forkedFrom === null || this.#runs.has(forkedFrom)) return undefined;
    return 'RUN_NOT_FOUND';
  }

  #earlier(
    { idempotencyKey: key, expectedSeq }: Commit,
    entry?: MemoryRun,
  ): CommitOutcome | undefined {
    if (key === undefined) return undefined;
    if (expectedSeq === 0) {
      const first = this.#byKey.get(key);
      if (first === undefined) return undefined;
      return { kind: 'repeat', runId: first.record.runId, events: createdEvents(first) };
    }
    const events = entry?.byKey.get(key);
    if (entry === undefined || events === undefined) return undefined;
    return { kind: 'repeat', runId: entry.record.runId, events };
  }

  #create(commit: Commit): void {
    const entry = newRun((this.#lastPosition += 1), commit, this.#isChaining);
    entry.log.push(...commit.events);
    link(entry, commit.events);
    this.#add(entry);
  }

  #add(entry: MemoryRun): void {
    const { record, creationKey } = entry;
    this.#runs.set(record.runId, entry);
    this.#record(entry, record);
    for (const origin of originsOf(record)) {
      const others = this.#comingFrom.get(origin) ?? [];
      others.push(entry);
      this.#comingFrom.set(origin, others);
    }
    this.#inOrder.push(entry);
    if (creationKey !== undefined) this.#byKey.set(creationKey, entry);
  }

  /** Replaces the record of a run, and its places in what runs are found by. */
  #record(entry: MemoryRun, run: RunRecord | undefined): void {
    const { owner } = entry.record;
    if (entry.isFound && owner !== null && owner !== run?.owner) this.#count(owner, -1);
    if (run?.owner != null && (!entry.isFound || owner !== run.owner)) this.#count(run.owner, 1);
    if (run !== undefined) entry.record = run;
    entry.isFound = run !== undefined;
    const { wakeAtMs, owner: now } = entry.record;
    if (entry.isFound && now === null && wakeAtMs !== null) this.#unowned.add(entry);
    else this.#unowned.delete(entry);
  }

  #count(owner: string, change: number): void {
    const runs = (this.#owned.get(owner) ?? 0) + change;
    if (runs === 0) this.#owned.delete(owner);
    else this.#owned.set(owner, runs);
  }

  async read(
    runId: string,
    { afterSeq = 0, limit, chain = false, keys = false }: ReadOptions,
  ): Promise<EventPage> {
    this.#assertOpen();
    checkLimit(limit);
    const entry = this.#find(runId);
    const { log, cutSeq, base, record } = entry;
    const from = Math.max(afterSeq, cutSeq);
    const events = log.slice(from - cutSeq, from - cutSeq + limit);
    const nextAfterSeq = events.at(-1)?.seq ?? afterSeq;
    return {
      events,
      nextAfterSeq,
      hasMore: nextAfterSeq < record.lastSeq,
      firstSeq: cutSeq + 1,
      base,
      ...(chain && { chain: chainOf(entry, from - cutSeq, limit) }),
      ...(keys && { keys: keysOf(entry, events) }),
    };
  }

  async get(runId: string): Promise<RunRecord | undefined> {
    this.#assertOpen();
    return this.#runs.get(runId)?.record;
  }

  async findByKey(runId: string, key: string): Promise<readonly StoredEvent[] | undefined> {
    this.#assertOpen();
    return this.#runs.get(runId)?.byKey.get(key);
  }

  async list({ limit, cursor, order = 'newest', ...filter }: RunQuery): Promise<RunPage> {
    this.#assertOpen();
    checkLimit(limit);
    const after = cursor === undefined ? undefined : parseCursor(cursor);
    const runs: RunRecord[] = [];
    const [origin] = originsOf(filter);
    const entries = origin === undefined ? this.#inOrder : (this.#comingFrom.get(origin) ?? []);
    const step = order === 'newest' ? -1 : 1;
    let at = placeAfter(entries, after, order);
    for (; entries[at] !== undefined && runs.length < limit; at += step) {
      const record = entries[at]?.record;
      if (record !== undefined && matches(record, filter)) runs.push(record);
    }
    // The entry that the next page begins with.
    const next = entries[at];
    return { runs, nextCursor: next === undefined ? null : String(next.position - step) };
  }

  async countByStatus(query: CountQuery): Promise<Readonly<Record<string, number>>> {
    this.#assertOpen();
    const counts: Record<string, number> = {};
    for (const { record } of this.#inOrder) {
      if (matches(record, query)) counts[record.status] = (counts[record.status] ?? 0) + 1;
    }
    return counts;
  }

  async due(query: DueQuery): Promise<RunPage> {
    this.#assertOpen();
    checkLimit(query.limit);
    return dueRuns([...this.#unowned], query);
  }

  async owners(): Promise<readonly string[]> {
    this.#assertOpen();
    return [...this.#owned.keys()];
  }

  async cut(runId: string, throughSeq: number, base: string): Promise<void> {
    this.#assertOpen();
    const entry = this.#find(runId);
    checkCut(runId, throughSeq, entry.record.lastSeq);
    if (throughSeq <= entry.cutSeq) return;
    entry.log.splice(0, throughSeq - entry.cutSeq);
    entry.chainBase = entry.hashes?.splice(0, throughSeq - entry.cutSeq).at(-1) ?? entry.chainBase;
    entry.cutSeq = throughSeq;
    entry.base = base;
    for (const [key, events] of entry.byKey) {
      if (events.some(({ seq }) => seq <= throughSeq)) entry.byKey.delete(key);
    }
  }

  async goneRuns(): Promise<GoneRuns> {
    this.#assertOpen();
    return { pruned: this.#lastPosition - this.#inOrder.length, lost: 0 };
  }

  async secret(): Promise<string> {
    this.#assertOpen();
    return this.#secret;
  }

  /** The ids of the runs that were deleted: those without an owner, and without a fork that stays. */
  forget(runIds: readonly string[]): readonly string[] {
    const gone = forgettable(
      runIds.filter((id) => this.#runs.get(id)?.record.owner === null),
      this.#inOrder,
    );
    this.#inOrder = this.#inOrder.filter(({ record }) => !gone.has(record.runId));
    for (const runId of gone) {
      const entry = this.#runs.get(runId);
      this.#runs.delete(runId);
      if (entry === undefined) continue;
      if (entry.creationKey !== undefined) this.#byKey.delete(entry.creationKey);
      this.#record(entry, undefined);
      for (const origin of originsOf(entry.record)) {
        const rest = this.#comingFrom.get(origin)?.filter((other) => other !== entry) ?? [];
        if (rest.length === 0) this.#comingFrom.delete(origin);
        else this.#comingFrom.set(origin, rest);
      }
    }
    return [...gone];
  }

  watch(onChange: (runIds: readonly string[]) => void): () => void {
    this.#assertOpen();
    this.#watchers.add(onChange);
    this.#watches += 1;
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

  #find(runId: string): MemoryRun {
    const entry = this.#runs.get(runId);
    if (entry === undefined) {
      throw new RunchartError('RUN_NOT_FOUND', `There is no run ${runId} in this store.`);
    }
    return entry;
  }
}
