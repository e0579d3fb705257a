/**
 * What it costs to have runs driven by other processes, on servers of its own: `node bench/dispatch.ts
 * [--postgres] [store|pg-boss|nats ...]`. Every figure is of three workers over one SQLite file, or with `--postgres` over
 * stores in Postgres (not with nats).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { performance } from 'node:perf_hooks';
import pg from 'pg';
import { createRuntime } from '../src/index.ts';
import { memory } from '../src/stores/memory/index.ts';
import { type Fleet, startFleet } from '../test/dispatch/support/fleet.ts';
import { dispatchOf, type FleetSettings, work } from '../test/dispatch/support/fleet-worker.ts';
import { startNatsServer } from '../test/support/nats/nats-server.ts';
import { startPostgres } from '../test/support/postgres/server.ts';

type Queue = FleetSettings['queue'];

const ALL: readonly Queue[] = ['store', 'pg-boss', 'nats'];
const WORKERS = 3;
const LONE_RUNS = 60;
const BURST = 1_000;
const BARE_BURST = 3_000;
const KILLS = 5;
const ORPHANS = 30;
const IDLE_MS = 10_000;
const isStoreThere = process.argv.includes('--postgres');

/** The median, and the worst. */
function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  return `median ${median.toFixed(0)} ms, worst ${(sorted.at(-1) ?? NaN).toFixed(0)} ms (${sorted.length})`;
}

async function untilBegun(fleet: Fleet, count: number): Promise<void> {
  while (fleet.begun.length < count) await sleep(5);
}

/** One run at a time, over workers that have nothing else to do: from before `start` to its first attempt. */
async function latency(fleet: Fleet): Promise<string> {
  const took: number[] = [];
  for (let n = 0; n < LONE_RUNS; n += 1) {
    const count = fleet.begun.length;
    const atMs = Date.now();
    await fleet.runtime.start(work, { input: { steps: 0, stepMs: 0 } });
    await untilBegun(fleet, count + 1);
    took.push((fleet.begun.at(-1)?.atMs ?? NaN) - atMs);
    await sleep(20 + Math.random() * 200);
  }
  return spread(took);
}

async function completed(fleet: Fleet): Promise<number> {
  return (await fleet.runtime.counts()).completed;
}

/** Runs without work that are all there at once. */
async function rate(fleet: Fleet): Promise<string> {
  const before = await completed(fleet);
  const startMs = performance.now();
  const input = { steps: 0, stepMs: 0 };
  await Promise.all(Array.from({ length: BURST }, () => fleet.runtime.start(work, { input })));
  const startedMs = performance.now() - startMs;
  while ((await completed(fleet)) < before + BURST) await sleep(20);
  const allMs = performance.now() - startMs;
  const perSecond = (ms: number): string => ((BURST * 1_000) / ms).toFixed(0);
  return `${perSecond(startedMs)} started/s, ${perSecond(allMs)} ended/s (${BURST} runs)`;
}

/** From the kill of a worker until its runs are driven by others. */
async function takeOver(queue: Queue): Promise<string> {
  const took: number[] = [];
  for (let n = 0; n < KILLS; n += 1) {
    await using fleet = await startFleet(queue, { concurrency: 20, isStoreThere });
    const workers = await Promise.all(Array.from({ length: WORKERS }, () => fleet.worker()));
    const input = { steps: 1_000, stepMs: 100 };
    await Promise.all(Array.from({ length: ORPHANS }, () => fleet.runtime.start(work, { input })));
    await untilBegun(fleet, ORPHANS);
    await sleep(1_000 + Math.random() * 2_000);
    const [victim] = workers.toSorted((a, b) => count(fleet, b) - count(fleet, a));
    const theirs = new Set(
      fleet.begun.filter(({ worker }) => worker === victim).map(({ runId }) => runId),
    );
    const seen = fleet.begun.length;
    const killedMs = Date.now();
    await victim?.kill();
    await untilBegun(fleet, seen + theirs.size);
    for (const { runId, atMs } of fleet.begun.slice(seen)) {
      if (theirs.has(runId)) took.push(atMs - killedMs);
    }
  }
  return spread(took);
}

/** The queue alone, in one process, with hosts that do nothing and no store: what it adds. */
async function bare(queue: Queue): Promise<string> {
  await using server = queue === 'nats' ? await startNatsServer() : await startPostgres();
  const settings = { queue, url: server.url, concurrency: 100, ackWaitMs: 5_000 };
  const dispatch = await dispatchOf(settings);
  if (dispatch === undefined) return 'no queue';
  await dispatch.open?.({ onError: console.error });
  const seen = { hosted: 0, lastMs: 0 };
  const untilHosted = async (count: number, lookMs: number): Promise<void> => {
    while (seen.hosted < count) await sleep(lookMs);
  };
  const service = dispatch.serve(async () => {
    seen.hosted += 1;
    seen.lastMs = performance.now();
    return 'terminal';
  });
  const took: number[] = [];
  for (let n = 0; n < LONE_RUNS; n += 1) {
    const atMs = performance.now();
    dispatch.submit({ runId: `lone ${n}`, sessionId: 's', priority: 0 });
    await untilHosted(n + 1, 1);
    took.push(seen.lastMs - atMs);
    await sleep(20 + Math.random() * 50);
  }
  const startMs = performance.now();
  for (let n = 0; n < BARE_BURST; n += 1) {
    dispatch.submit({ runId: `run ${n}`, sessionId: 's', priority: 0 });
  }
  await untilHosted(LONE_RUNS + BARE_BURST, 5);
  const rate = (BARE_BURST * 1_000) / (seen.lastMs - startMs);
  await service.stop('enough');
  await dispatch.close?.();
  return `${spread(took)}; ${rate.toFixed(0)} jobs/s (${BARE_BURST})`;
}

function count(fleet: Fleet, wanted: Fleet['begun'][number]['worker']): number {
  return fleet.begun.filter(({ worker }) => worker === wanted).length;
}

/** What a worker without work asks its queue, and what it asks for each run that it drives. */
async function idle(queue: Queue, runs: number): Promise<string> {
  if (queue === 'store') return 'nothing besides the sweeps of the store';
  await using server = queue === 'nats' ? await startNatsServer() : await startPostgres();
  const settings = { queue, url: server.url, concurrency: 10_000, ackWaitMs: 5_000 };
  const asked = queue === 'nats' ? messagesOf(monitorOf(server)) : statementsOf(server.url);
  const base = await perSecond(asked);
  const dispatch = await dispatchOf(settings);
  const runtime = await createRuntime({
    stores: memory(),
    role: 'worker',
    definitions: [work],
    ...(dispatch !== undefined && { dispatch }),
  });
  const input = { steps: 1, stepMs: 60_000 };
  await Promise.all(Array.from({ length: runs }, () => runtime.start(work, { input })));
  while ((await runtime.stats()).driven.count < runs) await sleep(50);
  await sleep(2_000);
  const before = process.cpuUsage();
  const rate = await perSecond(asked);
  const { user, system } = process.cpuUsage(before);
  const cpu = (user + system) / 1_000 / (IDLE_MS / 1_000);
  await runtime.close();
  return `${(rate - base).toFixed(1)} ${queue === 'nats' ? 'messages' : 'transactions'}/s, ${cpu.toFixed(1)} ms CPU/s here`;
}

async function perSecond(asked: () => Promise<number>): Promise<number> {
  const before = await asked();
  await sleep(IDLE_MS);
  return ((await asked()) - before) / (IDLE_MS / 1_000);
}

function monitorOf(server: unknown): string {
  return (server as { readonly monitor: string }).monitor;
}

function messagesOf(monitor: string): () => Promise<number> {
  return async () => {
    const answer = await fetch(`${monitor}/varz`);
    return ((await answer.json()) as { readonly in_msgs: number }).in_msgs;
  };
}

function statementsOf(url: string): () => Promise<number> {
  return async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    // Counted by the server some time later: it is asked to, first.
    await client.query('SELECT pg_stat_force_next_flush()');
    const { rows } = await client.query<{ n: string }>(
      'SELECT sum(xact_commit) AS n FROM pg_stat_database',
    );
    await client.end();
    return Number(rows[0]?.n);
  };
}

const given = process.argv.slice(2).filter((word) => !word.startsWith('--'));
for (const queue of ALL.filter((name) => given.length === 0 || given.includes(name))) {
  if (queue !== 'store') console.log(`${queue}: the queue alone: ${await bare(queue)}`);
  {
    await using fleet = await startFleet(queue, { concurrency: 100, isStoreThere });
    await Promise.all(Array.from({ length: WORKERS }, () => fleet.worker()));
    await sleep(500);
    console.log(`${queue}: from start to driven: ${await latency(fleet)}`);
    console.log(`${queue}: ${await rate(fleet)}`);
    if (fleet.faults.length > 0) console.log(`${queue}: faults:`, fleet.faults.slice(0, 5));
  }
  console.log(`${queue}: take-over after kill -9: ${await takeOver(queue)}`);
  for (const runs of isStoreThere ? [] : [0, 1_000]) {
    console.log(`${queue}: a worker with ${runs} runs asks: ${await idle(queue, runs)}`);
  }
}
process.exit(0);
