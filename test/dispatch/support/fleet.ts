import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRuntime, type Runtime } from '../../../src/index.ts';
import { startNatsServer } from '../../support/nats/nats-server.ts';
import { dispatchOf, type FleetSettings, storesOf, work } from './fleet-worker.ts';
import { startPostgres } from '../../support/postgres/server.ts';

/** A process that drives runs, as its parent sees it. */
export interface Worker {
  readonly child: ChildProcess;
  readonly ownerId: () => Promise<string | null>;
  readonly driven: () => Promise<number>;
  readonly kill: () => Promise<void>;
  readonly freeze: () => void;
  readonly thaw: () => void;
}

/** An attempt that a worker said it has begun. */
interface Begun {
  readonly worker: Worker;
  readonly runId: string;
  readonly atMs: number;
}

/** Processes over one store and one queue. This process starts runs, and drives none. */
export interface Fleet extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly url: string;
  readonly begun: readonly Begun[];
  readonly faults: readonly string[];
  readonly worker: (more?: Partial<FleetSettings>) => Promise<Worker>;
  /** The store takes the lease of an owner back. */
  readonly lapse: (ownerId: string) => void;
}

interface Said {
  readonly ready?: true;
  readonly began?: string;
  readonly atMs?: number;
  readonly fault?: string;
  readonly ownerId?: string | null;
  readonly driven?: number;
}

const WORKER = new URL('fleet-worker.ts', import.meta.url);

export async function startFleet(
  queue: FleetSettings['queue'],
  { concurrency = 20, ackWaitMs = 3_000, isStoreThere = false } = {},
): Promise<Fleet> {
  const folder = mkdtempSync(join(tmpdir(), 'runchart-fleet-'));
  const server = await serverOf(queue, isStoreThere);
  // With the queue, or in a file.
  const store = isStoreThere ? server.url : join(folder, 'runs.db');
  const settings: FleetSettings = { store, queue, url: server.url, concurrency, ackWaitMs };
  const dispatch = await dispatchOf(settings);
  const faults: string[] = [];
  const runtime = await createRuntime({
    stores: storesOf(store),
    role: 'orchestrator',
    definitions: [work],
    ...(dispatch !== undefined && { dispatch }),
    onError: (error) => faults.push(String(error)),
  });
  const begun: Begun[] = [];
  const workers: Worker[] = [];
  return {
    runtime,
    url: server.url,
    begun,
    faults,
    worker: async (more = {}) => {
      const worker = await startWorker({ ...settings, ...more }, begun, faults);
      workers.push(worker);
      return worker;
    },
    lapse: (ownerId) => writeFileSync(join(folder, `lapsed-${ownerId}`), ''),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(workers.map(({ kill }) => kill()));
      await runtime.close();
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function serverOf(
  queue: FleetSettings['queue'],
  isStoreThere: boolean,
): Promise<AsyncDisposable & { readonly url: string }> {
  if (queue === 'nats') return startNatsServer();
  if (queue === 'pg-boss' || isStoreThere) return startPostgres();
  return { url: '', [Symbol.asyncDispose]: async () => {} };
}

async function startWorker(
  settings: FleetSettings,
  begun: Begun[],
  faults: string[],
): Promise<Worker> {
  const child = fork(WORKER, [JSON.stringify(settings)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
  const said = (wanted: (message: Said) => boolean): Promise<Said> =>
    new Promise((resolve, reject) => {
      const onMessage = (message: Said): void => {
        if (!wanted(message)) return;
        child.off('message', onMessage);
        resolve(message);
      };
      child.on('message', onMessage);
      void exited.then(() => reject(new Error('A worker ended before it answered.')));
    });
  const stats = async (): Promise<Said> => {
    const answer = said((message) => message.driven !== undefined);
    child.send('stats');
    return answer;
  };
  const worker: Worker = {
    child,
    ownerId: async () => (await stats()).ownerId ?? null,
    driven: async () => (await stats()).driven ?? 0,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  };
  child.on('message', ({ began, atMs, fault }: Said) => {
    if (began !== undefined && atMs !== undefined) begun.push({ worker, runId: began, atMs });
    if (fault !== undefined) faults.push(fault);
  });
  await said(({ ready }) => ready === true);
  return worker;
}
