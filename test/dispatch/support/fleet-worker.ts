/**
 * One process of a fleet: `fleet-worker.ts <settings as JSON>`. Takes runs until it is killed or told to stop,
 * and tells the parent when it begins one. A file `lapsed-<owner>` beside the store stands for a lease that the
 * store has taken back from an owner that is frozen: locks of a file system know no time.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRuntime, defineRun, type Dispatch, type Stores } from '../../../src/index.ts';
import { natsWorkQueue } from '../../../src/dispatch/nats/index.ts';
import { type Boss, pgBoss } from '../../../src/dispatch/pg-boss/index.ts';
import { postgres } from '../../../src/stores/postgres/index.ts';
import { sqlite } from '../../../src/stores/sqlite/index.ts';
import { PgBoss } from 'pg-boss';

export interface FleetSettings {
  readonly store: string;
  readonly queue: 'pg-boss' | 'nats' | 'store';
  readonly url: string;
  readonly concurrency: number;
  readonly ackWaitMs: number;
  /** It never notices that its time is over: it is as stale as a worker can be. */
  readonly isBlind?: boolean;
}

export interface FleetRun {
  readonly steps: number;
  readonly stepMs: number;
}

export const work = defineRun<FleetRun, undefined, number>({
  name: 'work',
  execute: async ({ input, step }) => {
    for (let n = 0; n < input.steps; n += 1) {
      await step(`step ${n}`, async () => {
        await sleep(input.stepMs);
        return n;
      });
    }
    return input.steps;
  },
});

/** Locks of a file know no time, those of a server do: there nobody has to be told that a lease is over. */
export function storesOf(file: string): Stores {
  if (file.startsWith('postgres:')) return postgres({ url: file, leaseMs: 3_000, connections: 3 });
  const stores = sqlite(file, { writer: 'worker' });
  const { events } = stores;
  const isAlive = events.isAlive.bind(events);
  events.isAlive = async (owner) =>
    !existsSync(join(dirname(file), `lapsed-${owner}`)) && (await isAlive(owner));
  return stores;
}

/** Where runs are queued; undefined: nowhere, they are found in the store. */
export async function dispatchOf(
  settings: Omit<FleetSettings, 'store'>,
): Promise<Dispatch | undefined> {
  const { queue, url, concurrency, ackWaitMs, isBlind = false } = settings;
  if (queue === 'nats') return natsWorkQueue({ servers: url, concurrency, ackWaitMs });
  if (queue === 'store') return undefined;
  return isBlind
    ? pgBoss({ boss: await blind(url), concurrency })
    : pgBoss({ url, concurrency, connections: 2 });
}

/** As if jobs were ours for an hour. */
async function blind(url: string): Promise<Boss> {
  const boss = new PgBoss({
    connectionString: url,
    superviseIntervalSeconds: 2,
    monitorIntervalSeconds: 2,
    max: 2,
  });
  boss.on('error', () => {});
  await boss.start();
  const fetch = boss.fetch.bind(boss);
  const long = async (...args: Parameters<typeof fetch>): Promise<unknown> =>
    (await fetch(...args)).map((job) => ({ ...job, heartbeatSeconds: 3_600 }));
  return Object.assign(boss, { fetch: long as Boss['fetch'] });
}

async function main(settings: FleetSettings): Promise<void> {
  const dispatch = await dispatchOf(settings);
  const runtime = await createRuntime({
    stores: storesOf(settings.store),
    role: 'worker',
    definitions: [work],
    concurrency: settings.concurrency,
    ...(dispatch !== undefined && { dispatch }),
    onError: (error) => process.send?.({ fault: String(error) }),
    observe: (signal) => {
      if (signal.type === 'attempt.begun')
        process.send?.({ began: signal.runId, atMs: Date.now() });
    },
  });
  process.on('message', (message) => {
    if (message === 'stop') void runtime.close().then(() => process.exit());
    if (message === 'stats') {
      void runtime
        .stats()
        .then(({ ownerId, driven }) => process.send?.({ ownerId, driven: driven.count }));
    }
  });
  // Its parent is gone: nobody would end it.
  process.on('disconnect', () => process.exit());
  process.send?.({ ready: true });
}

const [, script = '', given] = process.argv;
if (script.endsWith('fleet-worker.ts') && given !== undefined)
  await main(JSON.parse(given) as FleetSettings);
