import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createRuntime, type Run, type Runtime } from '../src/index.ts';
import { listen, type Listening } from '../src/server/index.ts';
import { sqlite } from '../src/stores/sqlite/index.ts';
import { EVENT } from './contenders.ts';
import { quantile } from './probe.ts';

const RUNS = 100;
const READERS = [0, 100, 1_000];
const IDLE_READERS = 9_900;
const STALLED_EVENTS = 100_000;
const MIB = 1024 * 1024;

/** What readers over HTTP cost those who record: rates side by side, in turn within each round. */
export async function benchServer(rounds: number, trialMs: number): Promise<void> {
  console.log(`\nserver: ${RUNS} busy runs on SQLite, followed over HTTP from another process`);
  const rates = new Map<number, number[]>(READERS.map((readers) => [readers, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (let i = 0; i < READERS.length; i += 1) {
      const readers = READERS[(i + round) % READERS.length] ?? 0;
      rates.get(readers)?.push(await rateWith(readers, trialMs));
    }
  }
  const alone = rates.get(0) ?? [];
  for (const [readers, measured] of rates) {
    const ratios = measured.map((rate, round) => rate / (alone[round] ?? Number.NaN));
    const rate = quantile(measured, 0.5).toFixed(0);
    console.log(
      `  ${readers} readers: ${rate} appends/s, ${quantile(ratios, 0.5).toFixed(2)} of those with none`,
    );
  }
  await served(idleReaders);
  await served(stalledReader);
}

export async function served(
  measure: (runtime: Runtime, server: Listening) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'runchart-bench-'));
  const runtime = await createRuntime({
    stores: sqlite(join(folder, 'runs.db')),
    limits: { eventsPerRun: Number.MAX_SAFE_INTEGER },
  });
  const server = await listen(runtime);
  try {
    await measure(runtime, server);
  } finally {
    await server.close({ graceMs: 0 });
    await runtime.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Events per second, one on its way per run. Throws if a reader lost or repeated one. */
async function rateWith(readers: number, trialMs: number): Promise<number> {
  let rate = 0;
  await served(async (runtime, server) => {
    const runs = await Promise.all(Array.from({ length: RUNS }, () => runtime.open()));
    const process_ = readers === 0 ? undefined : await startReaders(server, readers, runs);
    await record(runs, trialMs / 2);
    const start = performance.now();
    const count = await record(runs, trialMs);
    rate = (count * 1_000) / (performance.now() - start);
    const told = process_ && once(process_, 'message');
    await Promise.all(runs.map((run) => run.complete()));
    if (told === undefined) return;
    const [{ events, broken }] = (await told) as [{ events: number; broken: number }];
    const stored = await Promise.all(runs.map(async (run) => (await run.snapshot()).eventCount));
    const expected = stored.reduce((a, b) => a + b, 0) * (readers / RUNS);
    if (broken === 0 && events === expected) return;
    throw new Error(`${readers} readers got ${events} of ${expected} events, ${broken} wrong`);
  });
  return rate;
}

export async function record(runs: readonly Run[], ms: number): Promise<number> {
  const end = performance.now() + ms;
  let count = 0;
  const one = async (run: Run): Promise<void> => {
    while (performance.now() < end) {
      await run.record(EVENT);
      count += 1;
    }
  };
  await Promise.all(runs.map(one));
  return count;
}

async function startReaders(
  server: Listening,
  readers: number,
  runs: readonly Run[],
): Promise<ChildProcess> {
  const file = fileURLToPath(new URL('server-readers.ts', import.meta.url));
  const { port } = new URL(server.url);
  const child = fork(file, [port, String(readers), ...runs.map(({ id }) => id)]);
  await once(child, 'message');
  return child;
}

/** Bytes of the process per reader that waits, and after they are gone. */
async function idleReaders(runtime: Runtime, server: Listening): Promise<void> {
  const run = await runtime.open();
  const warm = await startReaders(server, 100, [run]);
  const before = memory();
  const child = await startReaders(server, IDLE_READERS, [run]);
  const during = memory();
  child.kill();
  warm.kill();
  await sleep(5_000);
  const after = memory();
  const each = (now: number, then: number): string => ((now - then) / IDLE_READERS).toFixed(0);
  console.log(
    `  ${IDLE_READERS} idle readers: ${each(during.heap, before.heap)} bytes of heap each, ` +
      `${each(during.rss, before.rss)} of the process; ${each(after.heap, before.heap)} of heap when they are gone`,
  );
}

/** What one reader costs that reads nothing, while a lot is recorded. */
async function stalledReader(runtime: Runtime, server: Listening): Promise<void> {
  const run = await runtime.open();
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.pause();
  socket.write(
    `GET /v1/runs/${run.id}/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n`,
  );
  await sleep(100);
  const before = memory();
  for (let i = 0; i < STALLED_EVENTS; i += 1_000) {
    await Promise.all(Array.from({ length: 1_000 }, () => run.record(EVENT)));
  }
  const heap = (memory().heap - before.heap) / MIB;
  console.log(
    `  a reader that reads nothing while ${STALLED_EVENTS} events are recorded: ${heap.toFixed(1)} MiB of heap`,
  );
  socket.destroy();
}

function memory(): { readonly heap: number; readonly rss: number } {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}
