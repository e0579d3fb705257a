// A server with the inspector, as a process of its own: `node --expose-gc inspector-server.ts`. Says where it
// listens and which of its runs is the busiest, then records for as long as it is told to, and says what that cost.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRuntime, type Run } from '../src/index.ts';
import { listen } from '../src/server/index.ts';
import { sqlite } from '../src/stores/sqlite/index.ts';
import { EVENT } from './contenders.ts';
import { quantile } from './probe.ts';

const RUNS = 100;
/** Events on their way at once of the busiest run; the others have one each. */
const BUSY = 20;
/** Milliseconds between two handfuls of a steady load. */
const TICK_MS = 5;

/** What recording for a while came to. */
export interface Recorded {
  readonly perSecond: number;
  /** From the call to the acknowledgement, in the middle, in milliseconds. */
  readonly middleMs: number;
  /** Milliseconds of the process's CPU in a second, what it told its readers counted too. */
  readonly cpuMs: number;
  /** Bytes in use afterwards, garbage collected. */
  readonly heap: number;
}

/** What is to be recorded: a steady load of so many events a second, or as many as the server takes. */
export interface Order {
  readonly ms: number;
  readonly offered?: number;
}

export interface Ready {
  readonly url: string;
  readonly busiest: string;
}

const folder = mkdtempSync(join(tmpdir(), 'runchart-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const runtime = await createRuntime({
  stores: sqlite(join(folder, 'runs.db')),
  limits: { eventsPerRun: Number.MAX_SAFE_INTEGER },
});
const { url } = await listen(runtime, { inspector: true });
const runs = await Promise.all(Array.from({ length: RUNS }, () => runtime.open()));
const [busiest] = runs;
if (busiest === undefined) throw new TypeError('Expected a run, got none');
const lanes = [...runs, ...Array.from({ length: BUSY - 1 }, () => busiest)];
process.send?.({ url, busiest: busiest.id } satisfies Ready);

process.on('message', (order: Order) => {
  void record(order).then((recorded) => process.send?.(recorded));
});
process.once('disconnect', () => process.exit());

async function record({ ms, offered }: Order): Promise<Recorded> {
  const latencies: number[] = [];
  const one = async (run: Run): Promise<void> => {
    const sentMs = performance.now();
    await run.record(EVENT);
    latencies.push(performance.now() - sentMs);
  };
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  await (offered === undefined ? saturate(one, startMs + ms) : offer(one, startMs, ms, offered));
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(startCpu);
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return {
    perSecond: latencies.length / seconds,
    middleMs: quantile(latencies, 0.5),
    cpuMs: (user + system) / 1_000 / seconds,
    heap: heapUsed + external,
  };
}

/** As much as the server takes. */
async function saturate(one: (run: Run) => Promise<void>, endMs: number): Promise<void> {
  const lane = async (run: Run): Promise<void> => {
    while (performance.now() < endMs) await one(run);
  };
  await Promise.all(lanes.map(lane));
}

/** A steady load, whatever the server makes of it. */
async function offer(
  one: (run: Run) => Promise<void>,
  startMs: number,
  ms: number,
  perSecond: number,
): Promise<void> {
  const sent: Promise<void>[] = [];
  for (let elapsedMs = 0; elapsedMs < ms; elapsedMs = performance.now() - startMs) {
    const due = (elapsedMs * perSecond) / 1_000;
    while (sent.length < due) sent.push(one(lanes[sent.length % lanes.length] as Run));
    await sleep(TICK_MS);
  }
  await Promise.all(sent);
}
