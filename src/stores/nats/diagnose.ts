import { jetstreamManager } from '@nats-io/jetstream';
import type { ConsumerInfo, StreamInfo } from '@nats-io/jetstream';
import type { StoreReport } from '../stores.ts';
import type { Connection } from './connection.ts';
import { contentsName } from './streams.ts';
import { syncProblem } from './sync-policy.ts';

/** A consumer that has something to send and did not for this long, in milliseconds, is stuck. */
const STUCK_MS = 30_000;
const NANOSECONDS = 1_000_000;

/** The streams of these stores, by what they are called behind the name of the stores. */
function streamsOf(name: string): Readonly<Record<string, string>> {
  return { runs: name, blobs: contentsName(name), owners: `KV_${name}-owners` };
}

/** What there is to say about the servers and the streams. */
export async function diagnose(connection: Connection): Promise<StoreReport> {
  const { nc, settings, sync, index, feed, leases } = connection;
  await feed.catchUp();
  const manager = await jetstreamManager(nc);
  const facts: Record<string, string | number | null> = {
    store: 'nats',
    location: settings.location,
    server: nc.info?.server_name ?? null,
    serverVersion: nc.info?.version ?? null,
    syncPolicy: sync,
    leaseMs: leases.leaseMs,
    runs: index.size,
  };
  const problems: string[] = [syncProblem(sync) ?? []].flat();
  for (const [what, name] of Object.entries(streamsOf(settings.name))) {
    try {
      const info = await manager.streams.info(name);
      Object.assign(facts, factsOf(what, info));
      problems.push(...problemsOf(name, info, settings.replicas));
      for await (const consumer of manager.consumers.list(name)) {
        problems.push(...stuck(name, consumer));
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      problems.push(`The stream ${name} cannot be looked at: ${reason}.`);
    }
  }
  const alive = await Promise.all(index.owners().map((owner) => leases.isAlive(owner)));
  facts['ownersWithoutLease'] = alive.filter((isAlive) => !isAlive).length;
  return { facts, problems };
}

export async function bytesOf({ nc, settings }: Connection): Promise<number> {
  const manager = await jetstreamManager(nc, { checkAPI: false });
  const sizes = await Promise.all(
    Object.values(streamsOf(settings.name)).map(
      async (name) => (await manager.streams.info(name)).state.bytes,
    ),
  );
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

function factsOf(
  what: string,
  { config, state, cluster }: StreamInfo,
): Record<string, string | number | null> {
  const lags = (cluster?.replicas ?? []).map(({ lag }) => lag ?? 0);
  return {
    [`${what}Messages`]: state.messages,
    [`${what}Bytes`]: state.bytes,
    [`${what}Replicas`]: config.num_replicas,
    ...(cluster?.leader !== undefined && { [`${what}Leader`]: cluster.leader }),
    ...(lags.length > 0 && { [`${what}ReplicaLag`]: Math.max(...lags) }),
  };
}

function problemsOf(
  name: string,
  { config, cluster, state }: StreamInfo,
  replicas: number,
): string[] {
  const problems: string[] = [];
  if (config.num_replicas < replicas) {
    problems.push(
      `The stream ${name} is kept on ${config.num_replicas} server, and ${replicas} were asked for; change the stream with the tools of NATS.`,
    );
  }
  if (config.num_replicas > 1 && !cluster?.leader) {
    problems.push(`The stream ${name} has no leader: nothing can be read or written.`);
  }
  for (const { name: peer, offline, current } of cluster?.replicas ?? []) {
    if (offline) problems.push(`The server ${peer}, which keeps the stream ${name}, is offline.`);
    else if (!current) problems.push(`The copy of the stream ${name} on ${peer} is behind.`);
  }
  const lost = state.lost?.msgs?.length ?? 0;
  if (lost > 0)
    problems.push(`The stream ${name} has lost ${lost} messages; restore it from a copy.`);
  return problems;
}

function stuck(
  stream: string,
  { name, num_pending, delivered, num_waiting, push_bound }: ConsumerInfo,
): string[] {
  const idleMs = (delivered.last_active ?? 0) / NANOSECONDS;
  const isAsked = num_waiting > 0 || push_bound;
  if (num_pending === 0 || !isAsked || idleMs < STUCK_MS) return [];
  return [
    `The consumer ${name} of the stream ${stream} has ${num_pending} messages to send and has sent none for ${Math.round(idleMs / 1000)} s.`,
  ];
}
