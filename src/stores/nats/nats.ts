import type { BlobStore } from '../blob-store.ts';
import { openBlobs } from '../open-blobs.ts';
import { SharedConnection } from '../shared-connection.ts';
import type { StoreReport, Stores } from '../stores.ts';
import { closeConnection, type Connection, openConnection, type Use } from './connection.ts';
import { bytesOf, diagnose } from './diagnose.ts';
import { NatsBlobs } from './nats-blobs.ts';
import { NatsCheckpointer } from './nats-checkpointer.ts';
import { NatsEventStore } from './nats-event-store.ts';
import { NatsOutputStore } from './nats-output-store.ts';
import { type NatsOptions, type NatsSettings, resolveOptions } from './options.ts';
import { finishAllForgetting, forgetRuns } from './retention.ts';
import { storeError } from './store-error.ts';
import { syncProblem } from './sync-policy.ts';

/**
 * Stores in the streams of a NATS server, or of a cluster of them, which any number of processes may open at once.
 * `open` creates the streams where they are missing. The servers MUST be of version 2.15 or later, and run with
 * `sync_interval: always`.
 */
export function nats(options: string | readonly string[] | NatsOptions): Stores {
  return new NatsStores(resolveOptions(options));
}

class NatsStores implements Stores {
  readonly events: NatsEventStore;
  readonly outputs: NatsOutputStore;
  readonly checkpoints: NatsCheckpointer;
  readonly blobs: BlobStore;
  readonly location: string;
  readonly #calls = new Set<Promise<unknown>>();
  readonly #shared: SharedConnection<Connection>;

  constructor(settings: NatsSettings) {
    this.location = settings.location;
    this.#shared = new SharedConnection({
      location: this.location,
      connect: () => connect(settings),
      disconnect: async (connection) => {
        while (this.#calls.size > 0) await Promise.allSettled(this.#calls);
        await closeConnection(connection);
      },
    });
    const current = (): Connection => this.#shared.current();
    const use: Use = (action) => this.#use(action);
    this.events = new NatsEventStore(use, current);
    this.outputs = new NatsOutputStore(use);
    this.checkpoints = new NatsCheckpointer(use);
    this.blobs = openBlobs(new NatsBlobs(current), current);
  }

  open(): Promise<void> {
    return this.#shared.open();
  }

  close(): Promise<void> {
    return this.#shared.close();
  }

  forget(runIds: readonly string[]): Promise<readonly string[]> {
    return this.#use((connection) =>
      connection.lanes.run(
        [...new Set(runIds)].map((runId) => `run ${runId}`),
        () => forgetRuns(connection, runIds),
      ),
    );
  }

  compact(): Promise<void> {
    return this.#use(finishAllForgetting);
  }

  diagnose(): Promise<StoreReport> {
    return this.#use(diagnose);
  }

  bytes(): Promise<number> {
    return this.#use(bytesOf);
  }

  async #use<T>(action: (connection: Connection) => Promise<T>): Promise<T> {
    const call = action(this.#shared.current());
    this.#calls.add(call);
    try {
      return await call;
    } catch (error) {
      throw storeError(error, `Asking ${this.location}`);
    } finally {
      this.#calls.delete(call);
    }
  }
}

/** Opens it, and warns where the servers may lose what they have acknowledged. */
async function connect(settings: NatsSettings): Promise<Connection> {
  const connection = await openConnection(settings);
  const problem = syncProblem(connection.sync);
  if (problem !== undefined) {
    process.emitWarning(problem, { type: 'RunchartWarning', code: 'NATS_SYNC' });
  }
  return connection;
}
