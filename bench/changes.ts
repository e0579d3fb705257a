import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { quantile } from './probe.ts';
import { record, served } from './server.ts';

/** Busy runs, and readers of the changes of all of them. */
const CASES = [
  [100, 0],
  [100, 10],
  [1_000, 0],
  [1_000, 10],
] as const;
const PACE_MS = 250;

interface Told {
  readonly messages: number;
  readonly missed: number;
  readonly bytes: number;
}

/**
 * What pages that watch all runs cost those who record: rates side by side, in turn within each round, and
 * the CPU of the process per append, as rates tell little where others use the machine too.
 */
export async function benchChanges(rounds: number, trialMs: number): Promise<void> {
  console.log(`\nchanges: busy runs on SQLite, watched over HTTP every ${PACE_MS} ms`);
  const measured = CASES.map(() => [] as number[]);
  const cpu = CASES.map(() => [] as number[]);
  const told = CASES.map((): Told => ({ messages: 0, missed: 0, bytes: 0 }));
  for (let round = 0; round < rounds; round += 1) {
    for (let i = 0; i < CASES.length; i += 1) {
      const at = (i + round) % CASES.length;
      const [runs, readers] = CASES[at] ?? [0, 0];
      const trial = await rateOf(runs, readers, trialMs);
      measured[at]?.push(trial.rate);
      cpu[at]?.push(trial.cpuMs);
      told[at] = trial.told;
    }
  }
  for (const [at, [runs, readers]] of CASES.entries()) {
    const alone = measured[CASES.findIndex(([n, none]) => n === runs && none === 0)] ?? [];
    const ratios = (measured[at] ?? []).map((rate, round) => rate / (alone[round] ?? Number.NaN));
    const { messages = 0, missed = 0, bytes = 0 } = told[at] ?? {};
    console.log(
      `  ${runs} runs, ${readers} readers: ${quantile(measured[at] ?? [], 0.5).toFixed(0)} appends/s, ` +
        `${quantile(ratios, 0.5).toFixed(2)} of those with none, ${quantile(cpu[at] ?? [], 0.5).toFixed(3)} ms of CPU per append; the last time they were told ` +
        `${messages} messages, ${missed} of them missed, ${(bytes / 1024).toFixed(0)} KiB`,
    );
  }
}

async function rateOf(
  runCount: number,
  readers: number,
  trialMs: number,
): Promise<{ readonly rate: number; readonly cpuMs: number; readonly told: Told }> {
  let rate = 0;
  let cpuMs = 0;
  let told: Told = { messages: 0, missed: 0, bytes: 0 };
  await served(async (runtime, server) => {
    const runs = await Promise.all(Array.from({ length: runCount }, () => runtime.open()));
    const file = fileURLToPath(new URL('change-readers.ts', import.meta.url));
    const { port } = new URL(server.url);
    const child = readers === 0 ? undefined : fork(file, [port, String(readers), String(PACE_MS)]);
    if (child !== undefined) await once(child, 'message');
    await record(runs, trialMs / 2);
    const start = performance.now();
    const before = process.cpuUsage();
    const count = await record(runs, trialMs);
    const { user, system } = process.cpuUsage(before);
    cpuMs = (user + system) / 1_000 / count;
    rate = (count * 1_000) / (performance.now() - start);
    if (child === undefined) return;
    const answer = once(child, 'message');
    child.send('told?');
    [told] = (await answer) as [Told];
  });
  return { rate, cpuMs, told };
}
