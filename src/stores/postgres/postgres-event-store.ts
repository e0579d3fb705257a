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
import type { CurrentConnection } from './connection.ts';

/** The log and the records of runs in Postgres. */
export class PostgresEventStore implements EventStore {
  readonly capabilities: EventStoreCapabilities = {
    durable: true,
    shared: true,
    background: true,
  };
  readonly #current: CurrentConnection;

  constructor(current: CurrentConnection) {
    this.#current = current;
  }

  async append(commits: readonly Commit[]): Promise<readonly CommitOutcome[]> {
    return this.#current().append(commits);
  }

  async import(pieces: readonly RunImport[]): Promise<void> {
    await this.#current().import(pieces);
  }

  async read(runId: string, options: ReadOptions): Promise<EventPage> {
    checkLimit(options.limit);
    return this.#current().look(runId, ({ events }) => events.read(runId, options));
  }

  async get(runId: string): Promise<RunRecord | undefined> {
    return this.#current().look(runId, ({ events }) => events.get(runId));
  }

  async findByKey(runId: string, key: string): Promise<readonly StoredEvent[] | undefined> {
    return this.#current().look(runId, ({ events }) => events.findByKey(runId, key));
  }

  async list(query: RunQuery): Promise<RunPage> {
    checkLimit(query.limit);
    return this.#current().calling(({ events }) => events.list(query));
  }

  async countByStatus(query: CountQuery): Promise<Readonly<Record<string, number>>> {
    return this.#current().calling(({ events }) => events.countByStatus(query));
  }

  async due(query: DueQuery): Promise<RunPage> {
    checkLimit(query.limit);
    return this.#current().calling(({ events }) => events.due(query));
  }

  async owners(): Promise<readonly string[]> {
    return this.#current().calling(({ events }) => events.owners());
  }

  async cut(runId: string, throughSeq: number, base: string): Promise<void> {
    await this.#current().writing([runId], ({ retention }) =>
      retention.cut(runId, throughSeq, base),
    );
  }

  async goneRuns(): Promise<GoneRuns> {
    return this.#current().calling(({ events }) => events.goneRuns());
  }

  async secret(): Promise<string> {
    return this.#current().calling(({ events }) => events.secret());
  }

  watch(onChange: (runIds: readonly string[]) => void): () => void {
    return this.#current().feed.watch(onChange);
  }

  async enlist(ownerId: string): Promise<OwnerLease> {
    return this.#current().calling(({ owners }) => owners.enlist(ownerId));
  }

  async isAlive(ownerId: string): Promise<boolean> {
    return this.#current().calling(({ owners }) => owners.isAlive(ownerId));
  }
}
