import { type NatsServer, startNatsServer } from '../nats/nats-server.ts';
import { freePorts } from './free-ports.ts';
import { type TcpProxy, tcpProxy } from './tcp-proxy.ts';

/** Three servers, each behind a proxy of its own for clients, and with one for each way to another server. */
export interface ProxiedCluster extends AsyncDisposable {
  readonly nodes: readonly NatsServer[];
  /** For a client that knows all of them. */
  readonly urls: readonly string[];
  readonly monitors: readonly string[];
  /** Keeps a server from hearing of the others, and the others of it; clients still reach it. */
  isolate(node: number, isIsolated: boolean): void;
  /** The server that leads the stream with the most messages. */
  leader(): Promise<number>;
  /** What each server has of each stream; of equal replicas the lines are equal. */
  replicas(): Promise<readonly (readonly string[])[]>;
}

const SIZE = 3;
/** Where nobody is: servers know of each other only by the proxies between them. */
const NOWHERE = '127.0.0.1:1';

interface StreamState {
  readonly messages: number;
  readonly bytes: number;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly num_deleted?: number;
}

interface StreamDetail {
  readonly name: string;
  readonly cluster?: { readonly leader?: string };
  readonly state: StreamState;
}

interface JetStreamReport {
  readonly account_details?: readonly { readonly stream_detail?: readonly StreamDetail[] }[];
}

export async function startProxiedCluster(): Promise<ProxiedCluster> {
  const routePorts = await freePorts(SIZE);
  const links: { readonly from: number; readonly to: number; readonly proxy: TcpProxy }[] = [];
  for (let from = 0; from < SIZE; from += 1) {
    for (let to = 0; to < SIZE; to += 1) {
      if (from !== to) links.push({ from, to, proxy: await tcpProxy(routePorts[to] ?? 0) });
    }
  }
  const nodes: NatsServer[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.close()));
    await Promise.all(links.map(({ proxy }) => proxy[Symbol.asyncDispose]()));
  };
  try {
    for (const [n, port] of routePorts.entries()) {
      const routes = links
        .filter(({ from }) => from === n)
        .map(({ proxy }) => `nats://127.0.0.1:${proxy.port}`);
      // The last name that a file gives is the one that counts.
      const config = [
        `server_name: ${nameOf(n)}`,
        `cluster { name: runchart-chaos, listen: "127.0.0.1:${port}", advertise: "${NOWHERE}", pool_size: -1, routes: [${routes.join(', ')}] }`,
      ];
      nodes.push(await startNatsServer({ config: `${config.join('\n')}\n` }));
    }
    await Promise.all(nodes.map(({ monitor }) => untilHealthy(monitor)));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    nodes,
    urls: nodes.map(({ url }) => url),
    monitors: nodes.map(({ monitor }) => monitor),
    isolate: (node, isIsolated) => {
      for (const { from, to, proxy } of links) {
        if (from === node || to === node) proxy.hold(isIsolated);
      }
    },
    leader: async () => {
      const streams = await anyStreams(nodes);
      const [biggest] = [...streams].sort((a, b) => b.state.messages - a.state.messages);
      return Math.max(
        0,
        nodes.findIndex((_, n) => nameOf(n) === biggest?.cluster?.leader),
      );
    },
    replicas: () => Promise.all(nodes.map(async (node) => (await streamsOf(node)).map(describe))),
    [Symbol.asyncDispose]: close,
  };
}

const nameOf = (node: number): string => `node-${node + 1}`;

function describe({ name, state }: StreamDetail): string {
  const { messages, bytes, first_seq, last_seq, num_deleted = 0 } = state;
  return `${name}: ${messages} messages, ${bytes} bytes, ${first_seq} to ${last_seq}, ${num_deleted} deleted`;
}

async function anyStreams(nodes: readonly NatsServer[]): Promise<readonly StreamDetail[]> {
  for (const node of nodes) {
    const streams = await streamsOf(node).catch(() => []);
    if (streams.some(({ cluster }) => cluster?.leader !== undefined)) return streams;
  }
  return [];
}

async function streamsOf({ monitor }: NatsServer): Promise<readonly StreamDetail[]> {
  const signal = AbortSignal.timeout(2_000);
  const answer = await fetch(`${monitor}/jsz?accounts=1&streams=1`, { signal });
  const report = (await answer.json()) as JetStreamReport;
  const streams = (report.account_details ?? []).flatMap((account) => account.stream_detail ?? []);
  return streams.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const HEALTHY_LIMIT_MS = 30_000;

/** Resolves when a server, and what it knows of its cluster, is ready to store. */
export async function untilHealthy(monitor: string): Promise<void> {
  for (const endMs = Date.now() + HEALTHY_LIMIT_MS; Date.now() < endMs;) {
    const signal = AbortSignal.timeout(1_000);
    const isHealthy = await fetch(`${monitor}/healthz`, { signal }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isHealthy) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The server at ${monitor} did not become healthy.`);
}
