import type {
  Commit,
  CommitOutcome,
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
import { namesOf, writeCommit } from './commit-writer.ts';
import type { Connection, Use } from './connection.ts';
import { getRun, readEvents, readPage, recordsOf } from './event-reader.ts';
import { importPiece, namesOfPiece } from './import-run.ts';
import { isKnownKey, markOfMessage } from './key-marks.ts';
import { cutRun } from './retention.ts';
import { secretOf } from './secret.ts';
import type { HeadPage } from './run-index.ts';

/**
 * The log and the records of runs in a stream: one message per commit on a subject per run, which is stored only if
 * the last message there is the one that it was built on. So the server is the judge, whoever asks.
 */
export class NatsEventStore implements EventStore {
  readonly capabilities = { durable: true, shared: true, background: true };
  readonly #use: Use;
  readonly #current: () => Connection;

  constructor(use: Use, current: () => Connection) {
    this.#use = use;
    this.#current = current;
  }

  append(commits: readonly Commit[]): Promise<readonly CommitOutcome[]> {
    return this.#use(async (connection) => {
      const settled = await Promise.allSettled(
        commits.map((commit) =>
          connection.lanes.run(namesOf(commit), () => writeCommit(connection, commit)),
        ),
      );
      return settled.map((result) => {
        if (result.status === 'rejected') throw result.reason;
        return result.value;
      });
    });
  }

  read(runId: string, options: ReadOptions): Promise<EventPage> {
    return this.#use((connection) => readPage(connection, runId, options));
  }

  import(pieces: readonly RunImport[]): Promise<void> {
    return this.#use((connection) =>
      connection.lanes.run([...new Set(pieces.flatMap(namesOfPiece))], async () => {
        for (const piece of pieces) await importPiece(connection, piece);
      }),
    );
  }

  get(runId: string): Promise<RunRecord | undefined> {
    return this.#use((connection) => getRun(connection, runId));
  }

  findByKey(runId: string, key: string): Promise<readonly StoredEvent[] | undefined> {
    return this.#use(async (connection) => {
      const { heads, journal, subjects } = connection;
      const { head } = await heads.fresh(connection, runId);
      const message = await journal.last(subjects.key(runId, key));
      if (head === undefined || message === undefined || !isKnownKey(message, head)) {
        return undefined;
      }
      const { first, last } = markOfMessage(message);
      if (last <= head.run.lastSeq) return readEvents(connection, head, first, last);
      // It was recorded between the two looks.
      const { head: now } = await heads.fresh(connection, runId);
      return now && readEvents(connection, now, first, last);
    });
  }

  list(query: RunQuery): Promise<RunPage> {
    return this.#page(({ index }) => index.list(query));
  }

  due(query: DueQuery): Promise<RunPage> {
    return this.#page(({ index }) => index.due(query));
  }

  countByStatus(query: CountQuery): Promise<Readonly<Record<string, number>>> {
    return this.#use(async ({ feed, index }) => {
      await feed.catchUp();
      return index.countByStatus(query);
    });
  }

  owners(): Promise<readonly string[]> {
    return this.#use(async ({ feed, index }) => {
      await feed.catchUp();
      return index.owners();
    });
  }

  cut(runId: string, throughSeq: number, base: string): Promise<void> {
    return this.#use((connection) =>
      connection.lanes.run([`run ${runId}`], () => cutRun(connection, runId, throughSeq, base)),
    );
  }

  goneRuns(): Promise<GoneRuns> {
    return this.#use(async ({ journal, subjects }) => {
      const counter = await journal.last(subjects.gone);
      const pruned = counter === undefined ? 0 : Number(String(Buffer.from(counter.data)));
      return { pruned, lost: 0 };
    });
  }

  secret(): Promise<string> {
    return this.#use(secretOf);
  }

  watch(onChange: (runIds: readonly string[]) => void): () => void {
    return this.#current().feed.watch(onChange);
  }

  enlist(ownerId: string): Promise<OwnerLease> {
    return this.#use(({ leases }) => leases.enlist(ownerId));
  }

  isAlive(ownerId: string): Promise<boolean> {
    return this.#use(({ leases }) => leases.isAlive(ownerId));
  }

  /** What the index finds, once it knows what was stored before the call. */
  #page(find: (connection: Connection) => HeadPage): Promise<RunPage> {
    return this.#use(async (connection) => {
      await connection.feed.catchUp();
      const { heads, nextCursor } = find(connection);
      return { runs: await recordsOf(connection, heads), nextCursor };
    });
  }
}
