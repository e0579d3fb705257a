import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import type { Commit, CommitOutcome, RunImport } from '../event-store.ts';
import { BlobTable } from './blob-table.ts';
import { ChangeFeed } from './change-feed.ts';
import { CheckpointTable } from './checkpoint-table.ts';
import { CommitWriter } from './commit-writer.ts';
import { Database, StatementLost } from './database.ts';
import { Doubts } from './doubts.ts';
import type { PgPool } from './driver.ts';
import { Endings } from './endings.ts';
import { EventReader } from './event-reader.ts';
import { lockKey } from './lock-key.ts';
import { openSchema } from './migrate.ts';
import type { ServerFacts } from './migrate.ts';
import type { PostgresSettings } from './options.ts';
import { OutputTable } from './output-table.ts';
import { OwnerSession } from './owner-session.ts';
import { Retention } from './retention.ts';
import { RunImporter } from './run-importer.ts';
import { quoted } from './statement.ts';
import { storeError } from './store-error.ts';
import { Turns } from './turns.ts';

/** How often the trail of changes is cut off, in milliseconds. */
const SWEEP_MS = 60_000;

/** Answers the connection, or throws STORE_CLOSED. */
export type CurrentConnection = () => Connection;

/** What these stores have open. */
export class Connection {
  readonly database: Database;
  readonly events: EventReader;
  readonly outputs: OutputTable;
  readonly checkpoints: CheckpointTable;
  readonly blobs: BlobTable;
  readonly retention: Retention;
  readonly feed: ChangeFeed;
  readonly owners: OwnerSession;
  readonly server: ServerFacts;
  readonly #pool: PgPool;
  readonly #isOwnPool: boolean;
  readonly #writer: CommitWriter;
  readonly #importer: RunImporter;
  readonly #endings: Endings;
  readonly #doubts: Doubts;
  readonly #turns = new Turns();
  /** What is under way. */
  readonly #calls = new Set<Promise<unknown>>();
  readonly #sweep: NodeJS.Timeout;

  private constructor(parts: Parts, settings: PostgresSettings, server: ServerFacts) {
    const { pool, database, endings } = parts;
    const { schema, chain, leaseMs, doubtLimitMs } = settings;
    const place = quoted(schema);
    const origin = randomUUID();
    const channel = `runchart_${lockKey('changes', schema)}`;
    this.database = database;
    this.server = server;
    this.#pool = pool;
    this.#isOwnPool = 'url' in settings.from;
    this.#endings = endings;
    this.#doubts = new Doubts(doubtLimitMs);
    this.#writer = new CommitWriter(database, place, origin, chain);
    this.#importer = new RunImporter(database, place, origin);
    this.events = new EventReader(database, place);
    this.outputs = new OutputTable(database, place);
    this.checkpoints = new CheckpointTable(database, place);
    this.blobs = new BlobTable(database, place);
    this.retention = new Retention(database, place);
    const feedSettings = { ...settings, origin, channel };
    this.feed = new ChangeFeed(database, place, feedSettings, () => this.owners.listen());
    this.owners = new OwnerSession(
      database,
      { schema, leaseMs, channel },
      { onNews: () => this.feed.news(), onLost: (backend) => endings.end(backend) },
    );
    this.#sweep = setInterval(() => void this.feed.sweep().catch(() => {}), SWEEP_MS);
    this.#sweep.unref();
  }

  static async open(settings: PostgresSettings): Promise<Connection> {
    const parts = partsOf(settings);
    try {
      const server = await openSchema(parts.database, settings.schema, settings.mustExist);
      return new Connection(parts, settings, server);
    } catch (error) {
      parts.endings.close();
      if ('url' in settings.from) await parts.pool.end().catch(() => {});
      throw storeError(error, 'Opening the stores');
    }
  }

  /** Appends of different runs go on at once, those of one run in the order in which they came. */
  append(commits: readonly Commit[]): Promise<readonly CommitOutcome[]> {
    return this.#recording(
      commits.map(({ run }) => run.runId),
      () => this.#write(commits),
    );
  }

  import(pieces: readonly RunImport[]): Promise<void> {
    return this.#recording(
      pieces.map(({ run }) => run.runId),
      async () => {
        await this.#importer.write(pieces);
        this.feed.tell();
      },
    );
  }

  /** A look at a run of which it is certain what was stored. */
  look<T>(runId: string, use: (connection: Connection) => Promise<T>): Promise<T> {
    return this.calling(async () => {
      await this.#doubts.over([runId]);
      return use(this);
    });
  }

  /** What changes these runs comes in the order in which it was asked for. */
  writing<T>(runIds: readonly string[], use: (connection: Connection) => Promise<T>): Promise<T> {
    return this.calling(() => this.#turns.take(runIds, () => use(this)));
  }

  /** A call that `close` waits for, whose errors are ours. */
  async calling<T>(use: (connection: Connection) => Promise<T>): Promise<T> {
    const call = use(this);
    this.#calls.add(call);
    try {
      return await call;
    } catch (error) {
      throw storeError(error, 'Using Postgres');
    } finally {
      this.#calls.delete(call);
    }
  }

  /** When it is not answered, these runs are in doubt until it is known what came of it. */
  #recording<T>(runIds: readonly string[], record: () => Promise<T>): Promise<T> {
    return this.writing(runIds, async () => {
      await this.#doubts.over(runIds);
      try {
        return await record();
      } catch (error) {
        if (error instanceof StatementLost) this.#doubts.add(runIds, this.#endings.settled());
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
    await Promise.allSettled(this.#calls);
    await this.feed.close();
    await this.owners.close();
    this.#endings.close();
    await this.#endings.settled();
    if (this.#isOwnPool) await this.#pool.end();
  }

  /** A value that Postgres cannot take is the fault of one commit: the others are stored without it. */
  async #write(commits: readonly Commit[]): Promise<readonly CommitOutcome[]> {
    const write = (some: readonly Commit[]) => this.#writer.write(some, () => this.feed.tell());
    try {
      return await write(commits);
    } catch (error) {
      const isAtFault = storeError(error, '').code === 'INPUT_INVALID';
      if (!isAtFault || commits.length === 1) throw error;
      for (const commit of commits) {
        await write([commit]).catch((reason: unknown) => {
          if (reason instanceof StatementLost) throw reason;
        });
      }
      throw error;
    }
  }
}

interface Parts {
  readonly pool: PgPool;
  readonly database: Database;
  readonly endings: Endings;
}

function partsOf(settings: PostgresSettings): Parts {
  const pool = 'pool' in settings.from ? settings.from.pool : poolOf(settings, settings.from.url);
  // Those that wait for work are lost now and then; the pool makes new ones.
  pool.on('error', () => {});
  const database = new Database(pool, settings, (backend) => endings.end(backend));
  const endings = new Endings(database, quoted(settings.schema));
  return { pool, database, endings };
}

function poolOf({ connections, connectTimeoutMs }: PostgresSettings, url: string): PgPool {
  return new Pool({
    connectionString: url,
    // One more for the lease.
    max: connections + 1,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    application_name: 'runchart',
    // A process that has nothing to do any more may end without closing what it opened.
    allowExitOnIdle: true,
  });
}
