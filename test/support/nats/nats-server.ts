import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stopProcess } from '../stop-process.ts';
import { findNatsServer, NO_NATS } from './find-nats-server.ts';

export interface NatsServerOptions {
  /** What is written to disk before it is acknowledged. Default `always`; otherwise a duration of the server's. */
  readonly syncInterval?: string;
  /** Where its folder is made. Default: that of temporary files. */
  readonly folder?: string;
  /** More lines for the file of settings. */
  readonly config?: string;
}

/** A server of a test, on loopback, with a folder of its own that goes when it is closed. */
export interface NatsServer extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  /** Where it tells about itself over HTTP. */
  readonly monitor: string;
  readonly port: number;
  /** What the server has said so far, of all its lives. */
  readonly log: () => string;
  readonly pid: () => number | undefined;
  /** Ends it at once, as a crash does. Resolves when the process is gone; its data stays. */
  kill(): Promise<void>;
  /** Keeps it from running, with its connections open. Resolves when it stands. */
  freeze(): Promise<void>;
  thaw(): void;
  /** Starts it again on its data and its ports. Resolves when it takes connections. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface NatsCluster extends AsyncDisposable {
  readonly nodes: readonly NatsServer[];
  /** For a client that knows all of them. */
  readonly urls: readonly string[];
  readonly monitors: readonly string[];
  close(): Promise<void>;
}

const START_LIMIT_MS = 15_000;

/** Starts one server. Rejects when there is none on this machine. */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const [port, http] = await freePorts(2);
  const server = await prepare('n1', { port: port ?? 0, http: http ?? 0 }, options);
  await server.start();
  return server;
}

/** Starts servers that form a cluster, and waits until it has a leader. */
export async function startNatsCluster(
  size = 3,
  options: NatsServerOptions = {},
): Promise<NatsCluster> {
  const ports = await freePorts(size * 3);
  const routeOf = (n: number): number => ports[n * 3 + 2] ?? 0;
  const routes = Array.from({ length: size }, (_, n) => `nats://127.0.0.1:${routeOf(n)}`);
  const nodes = await Promise.all(
    routes.map((_, n) => {
      const config = `cluster { name: runchart-test, listen: "127.0.0.1:${routeOf(n)}", routes: [${routes.join(', ')}] }\n`;
      const own = { port: ports[n * 3] ?? 0, http: ports[n * 3 + 1] ?? 0 };
      return prepare(`n${n + 1}`, own, { ...options, config: config + (options.config ?? '') });
    }),
  );
  const close = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.close()));
  };
  try {
    await Promise.all(nodes.map((node) => node.start()));
    await Promise.all(nodes.map(({ monitor }) => untilHealthy(monitor)));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    nodes,
    urls: nodes.map(({ url }) => url),
    monitors: nodes.map(({ monitor }) => monitor),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Ports of loopback that nobody listens on at this moment. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  return Promise.all(
    servers.map(async (server) => {
      const address = server.address();
      await new Promise((resolve) => void server.close(resolve));
      return typeof address === 'object' && address !== null ? address.port : 0;
    }),
  );
}

/** Resolves when the server, and what it knows of its cluster, is ready to store. */
async function untilHealthy(monitor: string): Promise<void> {
  for (const endMs = Date.now() + START_LIMIT_MS; ;) {
    const isHealthy = await fetch(`${monitor}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isHealthy) return;
    if (Date.now() > endMs) throw new Error(`The server at ${monitor} did not become healthy.`);
    await sleep(20);
  }
}

async function prepare(
  name: string,
  { port = 0, http = 0 }: { readonly port?: number; readonly http?: number },
  { syncInterval = 'always', config = '', folder: parent = tmpdir() }: NatsServerOptions,
): Promise<NatsServer> {
  const binary = findNatsServer();
  if (binary === undefined) throw new Error(NO_NATS);
  const folder = await mkdtemp(join(parent, 'runchart-nats-'));
  const data = join(folder, 'data');
  const file = join(folder, 'nats.conf');
  await mkdir(data);
  const lines = [
    `server_name: ${name}`,
    `listen: "127.0.0.1:${port}"`,
    `http: "127.0.0.1:${http}"`,
    `jetstream { store_dir: "${data}", sync_interval: ${syncInterval}, max_file_store: 20GB }`,
  ];
  await writeFile(file, `${lines.join('\n')}\n${config}`);
  let child: ChildProcess | undefined;
  let said = '';
  const monitor = `http://127.0.0.1:${http}`;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const gone = new Promise((resolve) => void ending.once('exit', resolve));
    ending.kill(signal);
    await gone;
  };
  const close = async (): Promise<void> => {
    await end('SIGKILL');
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  return {
    name,
    url: `nats://127.0.0.1:${port}`,
    monitor,
    port,
    log: () => said,
    pid: () => child?.pid,
    kill: () => end('SIGKILL'),
    freeze: async () => {
      if (child?.pid !== undefined) await stopProcess(child.pid);
    },
    thaw: () => void child?.kill('SIGCONT'),
    start: async () => {
      if (child !== undefined) throw new Error(`${name} is running already.`);
      const started = spawn(binary, ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
      child = started;
      // A test that ends without closing leaves no server behind.
      const killed = (): void => void started.kill('SIGKILL');
      process.once('exit', killed);
      started.once('exit', () => process.removeListener('exit', killed));
      started.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
      const ended = new Promise<never>((_, reject) => {
        started.once('exit', () => reject(new Error(`${name} ended at once:\n${said}`)));
      });
      ended.catch(() => undefined);
      await Promise.race([untilListening(monitor), ended]);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A server answers over HTTP only when it takes clients. A node of a cluster need not have a leader yet. */
async function untilListening(monitor: string): Promise<void> {
  for (const endMs = Date.now() + START_LIMIT_MS; ;) {
    const isThere = await fetch(`${monitor}/healthz?js-server-only=true`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isThere) return;
    if (Date.now() > endMs) throw new Error(`The server at ${monitor} does not answer.`);
    await sleep(10);
  }
}
