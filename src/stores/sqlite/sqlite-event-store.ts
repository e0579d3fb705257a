import { checkLimit } from '../check-query.ts';
import type {
  Commit,
  CommitOutcome,
  CountQuery,
  DueQuery,
  EventPage,
  EventStore,
  EventStoreCapabilities,
  GoneRuns,
  OwnerLease,
  ReadOptions,
  RunImport,
  RunPage,
  RunQuery,
  RunRecord,
  StoredEvent,
} from '../event-store.ts';
import { reading } from './connection.ts';
import type { CurrentConnection } from './connection.ts';
import type { SqliteSettings } from './options.ts';
import type { OnChange } from './writer.ts';

/** The log and the records of runs in a SQLite file. */
export class SqliteEventStore implements EventStore {
  readonly capabilities: EventStoreCapabilities;
  readonly #current: CurrentConnection;
  readonly #watchers = new Set<OnChange>();

  constructor(current: CurrentConnection, writer: SqliteSettings['writer']) {
    this.capabilities = { durable: true, shared: true, background: writer === 'worker' };
    this.#current = current;
  }

  async append(commits: readonly Commit[]): Promise<readonly CommitOutcome[]> {
    return this.#current().writer.run({ kind: 'append', commits });
  }

  async read(runId: string, options: ReadOptions): Promise<EventPage> {
    checkLimit(options.limit);
    return reading(() => this.#current().events.read(runId, options));
  }

  async import(pieces: readonly RunImport[]): Promise<void> {
    await this.#current().writer.run({ kind: 'import', pieces });
  }

  async get(runId: string): Promise<RunRecord | undefined> {
    return reading(() => this.#current().events.get(runId));
  }

  async findByKey(runId: string, key: string): Promise<readonly StoredEvent[] | undefined> {
    return reading(() => this.#current().events.findByKey(runId, key));
  }

  async list(query: RunQuery): Promise<RunPage> {
    checkLimit(query.limit);
    return reading(() => this.#current().events.list(query));
  }

  async countByStatus(query: CountQuery): Promise<Readonly<Record<string, number>>> {
    return reading(() => this.#current().events.countByStatus(query));
  }

  async due(query: DueQuery): Promise<RunPage> {
    checkLimit(query.limit);
    return reading(() => this.#current().events.due(query));
  }

  async owners(): Promise<readonly string[]> {
    return reading(() => this.#current().events.owners());
  }

  async cut(runId: string, throughSeq: number, base: string): Promise<void> {
    await this.#current().writer.run({ kind: 'cut', runId, throughSeq, base });
  }

  async goneRuns(): Promise<GoneRuns> {
    return reading(() => this.#current().events.goneRuns());
  }

  async secret(): Promise<string> {
    return reading(() => this.#current().events.secret());
  }

  watch(onChange: OnChange): () => void {
    const { writer, events } = this.#current();
    // A function of its own: the same callback may watch twice.
    const watcher: OnChange = (runIds) => onChange(runIds);
    if (this.#watchers.size === 0) writer.watch(reading(() => events.lastPos()));
    this.#watchers.add(watcher);
    return () => {
      if (this.#watchers.delete(watcher) && this.#watchers.size === 0) writer.watch(null);
    };
  }

  async enlist(ownerId: string): Promise<OwnerLease> {
    return this.#current().owners.enlist(ownerId);
  }

  async isAlive(ownerId: string): Promise<boolean> {
    return this.#current().owners.isAlive(ownerId);
  }

  notify(runIds: readonly string[]): void {
    for (const watcher of this.#watchers) watcher(runIds);
  }

  endWatches(): void {
    this.#watchers.clear();
  }
}
