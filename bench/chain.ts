import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqlite } from '../src/stores/sqlite/index.ts';
import type { Commit, Stores } from '../src/stores/index.ts';
import { EVENT } from './contenders.ts';
import { quantile } from './probe.ts';

const RUNS = 100;
const BATCHES = 40;

/**
 * What a chain of hashes costs the thread that writes: CPU per event, with and without one, in turn within
 * each round. The disk, which is most of an append, is left out of it.
 */
export async function benchChain(rounds: number): Promise<void> {
  const times = { off: [] as number[], on: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    times.off.push(await cpuPerEvent(false));
    times.on.push(await cpuPerEvent(true));
  }
  const ratio = quantile(
    times.on.map((us, round) => us / (times.off[round] ?? Number.NaN)),
    0.5,
  );
  const [off, on] = [quantile(times.off, 0.5), quantile(times.on, 0.5)];
  console.log(
    `\nchain of hashes: ${on.toFixed(1)} µs of CPU per stored event, ${off.toFixed(1)} without: ` +
      `${ratio.toFixed(2)} times as much (median of ${rounds}, 100 runs at once)`,
  );
}

/** Microseconds of CPU of this thread. */
async function cpuPerEvent(chain: boolean): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'runchart-bench-'));
  const stores = sqlite(join(folder, 'runs.db'), { writer: 'inline', durability: 'normal', chain });
  await stores.open();
  try {
    await append(stores, 0);
    await append(stores, 1);
    const start = process.threadCpuUsage();
    for (let batch = 2; batch < BATCHES; batch += 1) await append(stores, batch);
    const { user, system } = process.threadCpuUsage(start);
    return (user + system) / RUNS / (BATCHES - 2);
  } finally {
    await stores.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One event more for each run, as one batch. */
async function append({ events }: Stores, seq: number): Promise<void> {
  const commits = Array.from({ length: RUNS }, (_, run) => commitOf(`run_${run}`, seq));
  const outcomes = await events.append(commits);
  if (outcomes.some(({ kind }) => kind !== 'stored')) throw new Error('an append was refused');
}

function commitOf(runId: string, expectedSeq: number): Commit {
  const seq = expectedSeq + 1;
  const emittedAtMs = 1_700_000_000_000 + seq;
  const run = {
    runId,
    sessionId: runId,
    definition: null,
    status: 'executing',
    lastSeq: seq,
    epoch: 1,
    owner: 'own_bench',
    wakeAtMs: null,
    parentRunId: null,
    forkedFrom: null,
    createdAtMs: 1_700_000_000_000,
    updatedAtMs: emittedAtMs,
    snapshot: JSON.stringify({ prompt: 'p'.repeat(450), seq }),
  };
  const payload = JSON.stringify(EVENT);
  const event = { seq, eventId: `evt_${runId}_${seq}`, type: EVENT.type, emittedAtMs, epoch: 1 };
  return { run, expectedSeq, events: [{ ...event, late: false, payload }] };
}
