import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { Stores } from '../../src/stores/index.ts';
import { nats } from '../../src/stores/nats/index.ts';
import { startCuttingProxy } from '../support/nats/cutting-proxy.ts';
import { startNatsCluster, startNatsServer } from '../support/nats/nats-server.ts';
import { idsBehind, patiently, writeSteadily } from '../support/nats/steady-writers.ts';
import type { SteadyWriters } from '../support/nats/steady-writers.ts';

const RUNS = Array.from({ length: 12 }, (_, n) => `run_${n}`);
const IS_LONG = process.env['RUNCHART_NATS_CLUSTER'] !== undefined;
if (!IS_LONG) {
  console.log('Three servers of NATS were not tried: RUNCHART_NATS_CLUSTER=1 starts them.');
}

async function opened(options: Parameters<typeof nats>[0]): Promise<Stores> {
  const stores = nats(options);
  await stores.open();
  onTestFinished(() => stores.close());
  return stores;
}

/** What was told is so: all that was stored is there once and in order, and nothing that was not. */
async function sameAsTold(stores: Stores, { told }: SteadyWriters): Promise<number> {
  let events = 0;
  for (const [runId, { stored, notStored }] of told) {
    const ids = await patiently(() => idsBehind(stores, runId, 0));
    assert.deepEqual(ids, [...stored], `the log of ${runId} is what its writer was told`);
    for (const id of ids) assert.ok(!notStored.has(id), `${id} was told not to be stored`);
    events += ids.length;
  }
  return events;
}

it('what was acknowledged is there after the server was killed under load, again and again', async () => {
  await using server = await startNatsServer();
  const stores = await opened({ servers: server.url, syncAlways: true });
  const writers = writeSteadily(stores, RUNS);
  for (let kills = 0; kills < 3; kills += 1) {
    await sleep(400);
    await server.kill();
    await sleep(100);
    await server.start();
  }
  await sleep(400);
  await writers.stop();
  const other = await opened({ servers: server.url, syncAlways: true });
  expect(await sameAsTold(other, writers)).toBeGreaterThan(100);
  expect((await other.events.list({ limit: 99 })).runs).toHaveLength(RUNS.length);
  expect((await stores.events.list({ limit: 99 })).runs).toEqual(
    (await other.events.list({ limit: 99 })).runs,
  );
});

it('what is told of appends whose connection was cut stays true', async () => {
  const seed = Number(process.env['RUNCHART_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`cut connections: seed ${seed}`);
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  await using server = await startNatsServer();
  await using proxy = await startCuttingProxy(server.port);
  const direct = await opened({ servers: server.url, syncAlways: true });
  const options = { servers: proxy.url, syncAlways: true, ignoreClusterUpdates: true };
  // For some so short that appends have no answer, and are settled by a look; others are sent again until they have.
  const hasty = await opened({ ...options, busyLimitMs: 1 });
  const patient = await opened(options);
  const all = [writeSteadily(hasty, RUNS.slice(0, 6)), writeSteadily(patient, RUNS.slice(6))];
  const endMs = performance.now() + 4_000;
  // As many bytes, and never before the last cut was got over, so that something is told between two of them.
  while (performance.now() < endMs) {
    const cuts = proxy.cuts();
    proxy.cutAfter(1 + random(60_000));
    while (proxy.cuts() === cuts && performance.now() < endMs) await sleep(10);
    await sleep(random(100));
  }
  for (const writers of all) await writers.stop();
  // Nothing is on its way any more that could still be stored.
  await sleep(300);
  for (const writers of all) expect(await sameAsTold(direct, writers)).toBeGreaterThan(0);
  expect(proxy.cuts()).toBeGreaterThan(1);
  const unknown = [...(all[0]?.told.values() ?? [])].reduce((sum, one) => sum + one.unknown, 0);
  console.log(`cut connections: ${proxy.cuts()} cuts, ${unknown} appends without an answer`);
  expect(unknown).toBeGreaterThan(0);
  const runs = await direct.events.list({ limit: 99 });
  for (const stores of [hasty, patient])
    expect(await stores.events.list({ limit: 99 })).toEqual(runs);
});

it.runIf(IS_LONG)(
  'what was acknowledged is there after each of three servers was killed, and all at once',
  { timeout: 120_000 },
  async () => {
    await using cluster = await startNatsCluster();
    const options = { servers: cluster.urls, replicas: 3, monitors: cluster.monitors } as const;
    const stores = await opened(options);
    const writers = writeSteadily(stores, RUNS);
    for (const node of cluster.nodes) {
      await sleep(1_000);
      await node.kill();
      await sleep(1_000);
      await node.start();
      await sleep(2_000);
    }
    await Promise.all(cluster.nodes.map((node) => node.kill()));
    await Promise.all(cluster.nodes.map((node) => node.start()));
    await sleep(3_000);
    await writers.stop();
    const other = await opened(options);
    expect(await sameAsTold(other, writers)).toBeGreaterThan(100);
    expect(await stores.events.list({ limit: 99 })).toEqual(await other.events.list({ limit: 99 }));
  },
);
