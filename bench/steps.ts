import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRuntime, defineRun, type Runtime, type Stores } from '../src/index.ts';
import { memory } from '../src/stores/memory/index.ts';
import { sqlite } from '../src/stores/sqlite/index.ts';
import { quantile } from './probe.ts';

const STEPS = 500;
const RESUMED_STEPS = 10_000;
/** How long a run may take to stop where it is told to, in milliseconds. */
const GRACE_MS = 60_000;

/** What a remembered step costs beside a plain await and one durable append, and what resuming costs. */
export async function benchSteps(rounds: number): Promise<void> {
  const trials: Trial[] = [];
  for (let round = 0; round < rounds; round += 1) trials.push(await stepTrial());
  const per = (of: (trial: Trial) => number): number =>
    quantile(
      trials.map((trial) => of(trial) / STEPS),
      0.5,
    );
  const [plain, append, step] = [per((t) => t.plain), per((t) => t.append), per((t) => t.step)];
  console.log(`\nsteps: ${STEPS} one after the other, SQLite (worker), median of ${rounds} rounds`);
  console.log(`  plain await                        ${us(plain)}`);
  console.log(`  plain await + one durable append   ${us(append)}`);
  console.log(`  remembered step (two appends)      ${us(step)}  ${(step / append).toFixed(2)} x`);

  for (const [name, open] of [
    ['memory', () => ({ stores: memory(), done: () => {} })],
    ['SQLite', openFile],
  ] as const) {
    const times: number[] = [];
    for (let round = 0; round < Math.min(rounds, 3); round += 1) {
      const { stores, done } = open();
      times.push(await resumeTrial(stores));
      done();
    }
    const ms = quantile(times, 0.5);
    console.log(
      `resume of a run of ${RESUMED_STEPS} steps, ${name}: ${ms.toFixed(0)} ms, ${us(ms / RESUMED_STEPS)} per step`,
    );
  }
}

interface Trial {
  readonly plain: number;
  readonly append: number;
  readonly step: number;
}

async function stepTrial(): Promise<Trial> {
  const { stores, done } = openFile();
  const times = { plain: 0, append: 0, step: 0 };
  const work = async (): Promise<number> => 42;
  const definition = defineRun({
    name: 'steps',
    execute: async ({ step, emit }) => {
      times.plain = await timed(work);
      times.append = await timed(async () => {
        await work();
        await emit({ type: 'custom.done' });
      });
      times.step = await timed(() => step('work', work));
    },
  });
  const runtime = await createRuntime({ stores, definitions: [definition] });
  await (await runtime.start(definition)).result();
  await runtime.close();
  done();
  return times;
}

/** Milliseconds from opening the runtime until the code stands where it stood. */
async function resumeTrial(stores: Stores): Promise<number> {
  const there = Promise.withResolvers<void>();
  const definition = (isLast: boolean) =>
    defineRun({
      name: 'long',
      execute: async ({ step, signal }) => {
        for (let i = 0; i < RESUMED_STEPS; i += 1) await step(`step ${i}`, () => ({ i }));
        there.resolve();
        if (isLast) return;
        await new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      },
    });
  await stores.open();
  const first = await createRuntime({ stores, definitions: [definition(false)] });
  const { id } = await first.start('long');
  await there.promise;
  await first.close({ graceMs: GRACE_MS });
  const begin = performance.now();
  const second: Runtime = await createRuntime({ stores, definitions: [definition(true)] });
  await (await second.get(id)).result();
  const ms = performance.now() - begin;
  await second.close();
  await stores.close();
  return ms;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  for (let i = 0; i < STEPS; i += 1) await work();
  return performance.now() - begin;
}

function openFile(): { readonly stores: Stores; readonly done: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'runchart-bench-'));
  const stores = sqlite(join(folder, 'runs.db'));
  return { stores, done: () => rmSync(folder, { recursive: true, force: true }) };
}

function us(ms: number): string {
  return `${(ms * 1000).toFixed(1)} µs`.padStart(10);
}
