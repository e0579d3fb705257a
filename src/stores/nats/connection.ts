import { connect, type NatsConnection } from '@nats-io/transport-node';
import { RunchartError } from '../../errors.ts';
import { type BlobStream, blobStream } from './blob-stream.ts';
import { GroupWriter } from './group-writer.ts';
import { IndexFeed } from './index-feed.ts';
import { Journal } from './journal.ts';
import { Lanes } from './lanes.ts';
import { Leases } from './leases.ts';
import { LineEnds } from './line-ends.ts';
import { LogPlaces } from './log-places.ts';
import type { NatsSettings } from './options.ts';
import { Requests } from './requests.ts';
import { RunHeads } from './run-heads.ts';
import { RunIndex } from './run-index.ts';
import { checkVersion, contentsName, ensureStreams } from './streams.ts';
import { storeError } from './store-error.ts';
import { subjectsOf, type Subjects } from './subjects.ts';
import { type SyncPolicy, syncPolicyOf } from './sync-policy.ts';

/** Everything that the stores of one place share while they are open. */
export interface Connection {
  readonly nc: NatsConnection;
  readonly requests: Requests;
  readonly journal: Journal;
  /** The same for commits, many at once. */
  readonly group: GroupWriter;
  readonly subjects: Subjects;
  readonly blobs: BlobStream;
  readonly index: RunIndex;
  readonly feed: IndexFeed;
  readonly heads: RunHeads;
  readonly places: LogPlaces;
  readonly lines: LineEnds;
  readonly lanes: Lanes;
  readonly leases: Leases;
  readonly settings: NatsSettings;
  readonly sync: SyncPolicy;
  /** Whether there are other servers, whatever the streams were asked to be kept on by this process. */
  readonly isClustered: boolean;
}

/** Runs something with the connection of open stores; rejects with STORE_CLOSED otherwise. */
export type Use = <T>(action: (connection: Connection) => Promise<T>) => Promise<T>;

/** How long a request waits for its answer, in milliseconds. Writes are then sent again. */
const ANSWER_LIMIT_MS = 3_000;
/** What headers, and those that the server adds, may take of a message, in bytes. */
const HEADER_BYTES = 66_000;
/** What a message must be able to hold, in bytes of its body. */
const LEAST_BODY = 256 * 1024;

export async function openConnection(settings: NatsSettings): Promise<Connection> {
  let nc: NatsConnection;
  try {
    nc = await connect(settings.connection);
  } catch (error) {
    throw storeError(error, `Connecting to ${settings.location}`);
  }
  try {
    return await prepare(nc, settings);
  } catch (error) {
    await nc.close();
    throw storeError(error, `Opening ${settings.location}`);
  }
}

async function prepare(nc: NatsConnection, settings: NatsSettings): Promise<Connection> {
  const { name } = settings;
  checkVersion(nc, settings.location);
  await ensureStreams(nc, settings);
  const requests = new Requests(nc, ANSWER_LIMIT_MS);
  const maxBody = (nc.info?.max_payload ?? 0) - HEADER_BYTES;
  if (maxBody < LEAST_BODY) {
    throw new RunchartError(
      'STORE_UNSUPPORTED',
      `The server takes messages of ${nc.info?.max_payload} bytes; set max_payload to 1MB or more.`,
    );
  }
  const limitMs = settings.busyLimitMs;
  const journal = new Journal(requests, { stream: name, maxBody, limitMs });
  const subjects = subjectsOf(name);
  const index = new RunIndex();
  const feed = new IndexFeed(nc, journal, subjects, index);
  void follow(nc, requests, feed);
  const [leases, sync] = await Promise.all([
    Leases.open(nc, settings),
    syncPolicyOf(settings),
    feed.open(name),
  ]);
  const isClustered = nc.info?.cluster !== undefined;
  return {
    nc,
    requests,
    journal,
    group: new GroupWriter(journal, isClustered),
    subjects,
    blobs: blobStream(requests, { stream: contentsName(name), maxBody, limitMs }),
    index,
    feed,
    heads: new RunHeads(),
    places: new LogPlaces(),
    lines: new LineEnds(),
    lanes: new Lanes(),
    leases,
    settings,
    sync,
    isClustered,
  };
}

export async function closeConnection(connection: Connection): Promise<void> {
  const { leases, feed, requests, nc } = connection;
  await leases.close();
  feed.close();
  requests.close();
  await nc.close();
}

/** Whatever was asked over a connection that is cut gets no answer; what happened meanwhile is looked up. */
async function follow(nc: NatsConnection, requests: Requests, feed: IndexFeed): Promise<void> {
  for await (const { type } of nc.status()) {
    if (type === 'disconnect') requests.failAll('the connection to the server was cut');
    else if (type === 'reconnect') void feed.catchUp().catch(() => undefined);
  }
}
