import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import {
  type Contender,
  bareGroupCommit,
  onInline,
  onInlineChained,
  onInlineFollowed,
  onMemory,
  onWorker,
  onWorkerChained,
  onWorkerFollowed,
  rawInserts,
} from './contenders.ts';
import { probeMs, quantile } from './probe.ts';

const CONTENDERS = [
  rawInserts,
  bareGroupCommit,
  onWorker,
  onWorkerFollowed,
  onWorkerChained,
  onInline,
  onInlineFollowed,
  onInlineChained,
  onMemory,
];

interface Trial {
  readonly rate: number;
  readonly latencies: readonly number[];
  /** Share of the time in which the event loop was busy. */
  readonly utilisation: number;
  /** Medians of the raw write and sync just before and just after, in milliseconds. */
  readonly probes: readonly [number, number];
}

/** Durable appends, all contenders in turn within each round, so that a slow stretch hits them all. */
export async function benchAppends(runs: number, rounds: number, trialMs: number): Promise<void> {
  const trials = new Map<Contender, Trial[]>(CONTENDERS.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round += 1) {
    // Another order each round: who comes after whom must not matter.
    for (let i = 0; i < CONTENDERS.length; i += 1) {
      const contender = CONTENDERS[(i + round) % CONTENDERS.length] as Contender;
      trials.get(contender)?.push(await measure(contender, runs, trialMs));
    }
  }
  print(runs, trials);
}

async function measure(contender: Contender, runs: number, trialMs: number): Promise<Trial> {
  const folder = mkdtempSync(join(tmpdir(), 'runchart-bench-'));
  try {
    const appender = await contender.open(folder, runs);
    const load = async (ms: number, latencies: number[]): Promise<void> => {
      const end = performance.now() + ms;
      const one = async (run: number): Promise<void> => {
        for (let now = performance.now(); now < end;) {
          await appender.append(run);
          const after = performance.now();
          latencies.push(after - now);
          now = after;
        }
      };
      await Promise.all(Array.from({ length: runs }, (_, run) => one(run)));
    };
    await load(trialMs / 4, []);
    const before = probeMs(join(folder, 'probe'));
    const idle = performance.eventLoopUtilization();
    const start = performance.now();
    const latencies: number[] = [];
    await load(trialMs, latencies);
    const elapsed = performance.now() - start;
    const { utilization } = performance.eventLoopUtilization(idle);
    const probes = [before, probeMs(join(folder, 'probe'))] as const;
    await appender.close();
    return {
      rate: (latencies.length / elapsed) * 1000,
      latencies,
      utilisation: utilization,
      probes,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function print(runs: number, trials: ReadonlyMap<Contender, readonly Trial[]>): void {
  const rates = (contender: Contender): number[] =>
    (trials.get(contender) ?? []).map(({ rate }) => rate);
  // Round by round: what is compared ran within the same second.
  const ratio = (contender: Contender, to: Contender): number =>
    quantile(
      rates(contender).map((rate, round) => rate / (rates(to)[round] ?? Number.NaN)),
      0.5,
    );
  const rows = CONTENDERS.map((contender) => {
    const all = trials.get(contender) ?? [];
    const latencies = all.flatMap((trial) => trial.latencies);
    const probes = all.flatMap((trial) => trial.probes);
    return {
      contender: contender.name,
      'events/s': Math.round(quantile(rates(contender), 0.5)),
      '/ a': ratio(contender, rawInserts).toFixed(2),
      '/ b': ratio(contender, bareGroupCommit).toFixed(2),
      '/ c': ratio(contender, onMemory).toFixed(2),
      '/ without': contender.without ? ratio(contender, contender.without).toFixed(2) : '',
      'p50 ms': quantile(latencies, 0.5).toFixed(3),
      'p99 ms': quantile(latencies, 0.99).toFixed(2),
      'loop busy': quantile(
        all.map(({ utilisation }) => utilisation),
        0.5,
      ).toFixed(2),
      'probe ms (min..max)': `${Math.min(...probes).toFixed(3)}..${Math.max(...probes).toFixed(3)}`,
    };
  });
  console.log(`\n${runs} run${runs === 1 ? '' : 's'} at once`);
  console.table(rows);
}
