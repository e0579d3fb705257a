import { RunchartError } from '../../errors.ts';
import type { OwnerLease } from '../event-store.ts';
import type { Database, HeldConnection } from './database.ts';
import type { Backend } from './driver.ts';
import { lockKey } from './lock-key.ts';
import { plain, prepared, quoted } from './statement.ts';

/** The lease is told of life so many times before it would end. */
const PINGS_PER_LEASE = 3;
/** Between attempts to connect again, in milliseconds. */
const RETRY_MS = 200;

export interface SessionSettings {
  readonly schema: string;
  readonly leaseMs: number;
  /** What others send when they have committed something. */
  readonly channel: string;
}

/**
 * The one connection that says that this process lives. Owners are session-level advisory locks on it, which
 * the server drops with the connection; and it drops the connection of a process that says nothing for as
 * long as a lease lasts. It is also where others are heard. When it is lost there is a new one as soon as
 * possible, which takes the locks again; runs that others took over meanwhile are fenced by their epoch.
 */
export class OwnerSession {
  readonly #database: Database;
  readonly #settings: SessionSettings;
  /** Something may have changed: others have said so, or it could not be heard for a while. */
  readonly #onNews: () => void;
  /** The server may still have the connection, and the locks of it. */
  readonly #onLost: (backend: Backend) => void;
  /** The keys of the locks, by owner. */
  readonly #owners = new Map<string, string>();
  #connection: Promise<HeldConnection> | undefined;
  /** The same once it is there, until it is lost. */
  #current: HeldConnection | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isListening = false;
  #isClosed = false;

  constructor(
    database: Database,
    settings: SessionSettings,
    { onNews, onLost }: { onNews: () => void; onLost: (backend: Backend) => void },
  ) {
    this.#database = database;
    this.#settings = settings;
    this.#onNews = onNews;
    this.#onLost = onLost;
  }

  async enlist(ownerId: string): Promise<OwnerLease> {
    if (this.#owners.has(ownerId)) throw busy(ownerId);
    const key = this.#keyOf(ownerId);
    this.#owners.set(ownerId, key);
    try {
      const connection = await this.#connected();
      if (!(await tryLock(connection, key))) throw busy(ownerId);
    } catch (error) {
      this.#owners.delete(ownerId);
      throw error;
    }
    let isHeld = true;
    const release = async (): Promise<void> => {
      if (!isHeld) return;
      isHeld = false;
      this.#owners.delete(ownerId);
      // Without the connection there is no lock either.
      const connection = await this.#connection?.catch(() => undefined);
      await connection?.rows(plain('SELECT pg_advisory_unlock($1)', [key])).catch(() => []);
    };
    return { ownerId, release };
  }

  async isAlive(ownerId: string): Promise<boolean> {
    const [row] = await this.#database.rows<{ alive: boolean }>(
      prepared(IS_LOCKED, [this.#keyOf(ownerId)]),
    );
    return row?.alive === true;
  }

  /** From now on `onNews` is called; before the first call nothing is heard. */
  listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    this.#connected().then(
      // When it is lost by this, there will be a new one that listens.
      (connection) => connection.rows(this.#listenQuery()).catch(() => []),
      () => this.#reconnect(),
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#owners.clear();
    const connection = await this.#connection?.catch(() => undefined);
    this.#connection = undefined;
    this.#current = undefined;
    connection?.release(false);
  }

  #connected(): Promise<HeldConnection> {
    if (this.#connection !== undefined) return this.#connection;
    const connection = this.#connect();
    this.#connection = connection;
    // A failed attempt is not kept: who comes next tries again.
    connection.catch(() => {
      if (this.#connection === connection) this.#connection = undefined;
    });
    return connection;
  }

  async #connect(): Promise<HeldConnection> {
    const { leaseMs, channel } = this.#settings;
    const pingMs = this.#pingMs();
    // A ping that is not answered by the time of the next but one will not be.
    const connection = await this.#database.hold(pingMs);
    try {
      await connection.rows(plain(`SET idle_session_timeout = ${leaseMs}`));
      if (this.#isListening) await connection.rows(this.#listenQuery());
    } catch (error) {
      connection.release(false);
      throw error;
    }
    const { client } = connection;
    client.on('notification', (message) => {
      if (message.channel === channel) this.#onNews();
    });
    client.on('end', () => this.#lost(connection));
    client.on('error', () => this.#lost(connection));
    this.#current = connection;
    this.#ping(connection);
    return connection;
  }

  /** Tells the server of life, and takes the locks that the connection before could not hand over. */
  #ping(connection: HeldConnection, missing: readonly string[] = []): void {
    clearTimeout(this.#timer);
    const pauseMs = missing.length > 0 ? Math.min(RETRY_MS, this.#pingMs()) : this.#pingMs();
    this.#timer = setTimeout(() => {
      const beat = async (): Promise<void> => {
        const still = await this.#take(connection, missing);
        await connection.rows(plain('SELECT 1'));
        if (!this.#isClosed && this.#current === connection) this.#ping(connection, still);
      };
      beat().catch(() => this.#lost(connection));
    }, pauseMs);
    this.#timer.unref();
  }

  /** Answers the owners whose locks somebody else still has. */
  async #take(connection: HeldConnection, ownerIds: readonly string[]): Promise<readonly string[]> {
    const missing: string[] = [];
    for (const ownerId of ownerIds) {
      const key = this.#owners.get(ownerId);
      if (key !== undefined && !(await tryLock(connection, key))) missing.push(ownerId);
    }
    return missing;
  }

  /** A connection tells of its loss in more than one way, and more than once. */
  #lost(connection: HeldConnection): void {
    if (this.#current !== connection || this.#isClosed) return;
    this.#current = undefined;
    this.#connection = undefined;
    clearTimeout(this.#timer);
    connection.release(false);
    this.#onLost(connection.backend);
    if (this.#owners.size > 0 || this.#isListening) void this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    while (!this.#isClosed) {
      try {
        const connection = await this.#connected();
        const missing = await this.#take(connection, [...this.#owners.keys()]);
        // The server may not have noticed yet that the connection before is gone.
        if (missing.length > 0) this.#ping(connection, missing);
        this.#onNews();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
      }
    }
  }

  #pingMs(): number {
    return Math.max(1, Math.floor(this.#settings.leaseMs / PINGS_PER_LEASE));
  }

  #listenQuery() {
    return plain(`LISTEN ${quoted(this.#settings.channel)}`);
  }

  #keyOf(ownerId: string): string {
    return lockKey('owner', this.#settings.schema, ownerId);
  }
}

/** As Postgres shows the 64 bits of a lock of one number: in two halves. */
const IS_LOCKED = `
  SELECT EXISTS(
    SELECT 1 FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND classid::bigint = (($1::bigint >> 32) & 4294967295) AND objid::bigint = ($1::bigint & 4294967295)
  ) AS alive`;

async function tryLock(connection: HeldConnection, key: string): Promise<boolean> {
  const [row] = await connection.rows<{ taken: boolean }>(
    plain('SELECT pg_try_advisory_lock($1) AS taken', [key]),
  );
  return row?.taken === true;
}

function busy(ownerId: string): RunchartError {
  return new RunchartError(
    'STORE_BUSY',
    `Owner ${ownerId} is alive already; release it first, or choose another id.`,
  );
}
