import { createRuntime, type RuntimeOptions } from '../src/index.ts';
import { type Envelope, foldLog } from '../src/machines/index.ts';
import { memory } from '../src/stores/memory/index.ts';
import type { Commit } from '../src/stores/index.ts';
import { quantile } from './probe.ts';

const FOLDED = 10_000;
/** Logs folded per measurement: the clock's resolution, about a millisecond, must not show. */
const FOLDS = 50;
const LIVES = 10_000;

/** CPU of this thread, in microseconds: it does not count what other processes take. */
async function cpuUs(work: () => unknown): Promise<number> {
  const start = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(start);
  return user + system;
}

/** Nanoseconds of CPU to fold one event: one in ten moves the status, the rest is text. */
export async function benchFold(rounds: number): Promise<void> {
  const log: Envelope[] = Array.from({ length: FOLDED }, (_, i) => ({
    eventId: `evt_${i}`,
    runId: 'run_bench',
    sessionId: 'run_bench',
    seq: i + 1,
    emittedAtMs: 1_700_000_000_000 + i,
    epoch: 1,
    late: false,
    event: { type: i === 0 ? 'run.created' : i % 10 === 1 ? 'step.started' : 'text.delta' },
  }));
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const us = await cpuUs(() => {
      for (let i = 0; i < FOLDS; i += 1) foldLog(log);
    });
    times.push((us / FOLDED / FOLDS) * 1000);
  }
  console.log(
    `\nfold: ${quantile(times, 0.5).toFixed(0)} ns of CPU per event (median of ${times.length})`,
  );
}

/** Microseconds of CPU for create, start and complete of a run, with what the store alone takes of it. */
export async function benchLife(rounds: number): Promise<void> {
  const whole: number[] = [];
  const storeOnly: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const stores = memory();
    const batches: (readonly Commit[])[] = [];
    const append = stores.events.append.bind(stores.events);
    stores.events.append = (commits) => {
      batches.push(commits);
      return append(commits);
    };
    const runtime = await createRuntime({ stores });
    const live = async (): Promise<void> => {
      const run = await runtime.open({ prompt: 'do it' });
      await run.record({ type: 'run.started' });
      await run.complete('done');
    };
    const lives = async (): Promise<void> => {
      for (let i = 0; i < LIVES; i += 100) await Promise.all(Array.from({ length: 100 }, live));
    };
    whole.push((await cpuUs(lives)) / LIVES);
    await runtime.close();
    const again = memory();
    await again.open();
    const replay = async (): Promise<void> => {
      for (const commits of batches) await again.events.append(commits);
    };
    storeOnly.push((await cpuUs(replay)) / LIVES);
  }
  const [all, store] = [quantile(whole, 0.5), quantile(storeOnly, 0.5)];
  console.log(
    `create + start + complete: ${all.toFixed(1)} us of CPU, ${store.toFixed(1)} of them in the memory store (median of ${rounds})`,
  );
}

/** What an observer costs a life of a run, as the ratio of CPU with one and without, one after the other. */
export async function benchObserver(rounds: number): Promise<void> {
  const lives = async (options: Partial<RuntimeOptions>): Promise<number> => {
    const runtime = await createRuntime({ stores: memory(), ...options });
    const live = async (): Promise<void> => {
      const run = await runtime.open({ prompt: 'do it' });
      await run.record({ type: 'run.started' });
      await run.complete('done');
    };
    const us = await cpuUs(async () => {
      for (let i = 0; i < LIVES; i += 100) await Promise.all(Array.from({ length: 100 }, live));
    });
    await runtime.close();
    return us;
  };
  let heard = 0;
  const observe = (): void => void (heard += 1);
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // In turns, as whoever comes second finds the code warm and the heap large.
    const isFirst = round % 2 === 0;
    const before = isFirst ? await lives({ observe }) : 0;
    const without = await lives({});
    ratios.push((isFirst ? before : await lives({ observe })) / without);
  }
  const each = heard / LIVES / rounds;
  console.log(
    `an observer: ${quantile(ratios, 0.5).toFixed(3)} times the CPU of a life without one (${each.toFixed(1)} signals each, median of ${rounds})`,
  );
}
