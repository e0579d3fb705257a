/**
 * Kills processes that drive runs, again and again, lets the last one finish, and looks at what came of
 * the runs: `node scripts/survive-loop.ts [rounds] [--seed S] [--keep]`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRuntime, isRunchartError, type Runtime } from '../src/index.ts';
import { ACTIVE_STATUSES } from '../src/machines/index.ts';
import { sqlite } from '../src/stores/sqlite/index.ts';
import { newSeed, randomFrom } from '../test/support/runtime/random.ts';
import { checkSurvivors, type SurviveFigures } from '../test/support/runtime/survive-checks.ts';
import { ANSWER } from '../test/support/runtime/survivor.ts';

const CHILD = fileURLToPath(new URL('../test/support/runtime/survive-child.ts', import.meta.url));
/** Longest life of a process after it opened its runtime, in milliseconds. */
const LIFE_MS = 400;
/** Share of the processes that are killed while they still start, migrate or take over. */
const EARLY = 0.15;
/** Share of the rounds in which two processes live side by side. */
const IN_PAIRS = 0.2;
const MOST_RUNS = 4;
/** How often to look for questions, in milliseconds. */
const LOOK_MS = 25;
/** How long the last process may take, in milliseconds. */
const LAST_MS = 120_000;

export interface SurviveReport extends SurviveFigures {
  readonly seed: number;
  readonly rounds: number;
  readonly kills: number;
}

/** Runs the loop on a file of its own, in `folder` if it is to stay. */
export async function surviveLoop(
  rounds: number,
  { seed = newSeed(), folder }: { readonly seed?: number; readonly folder?: string } = {},
): Promise<SurviveReport> {
  const random = randomFrom(seed);
  const place = folder ?? mkdtempSync(join(tmpdir(), 'runchart-survive-'));
  const file = join(place, 'runs.db');
  const paper = join(place, 'works');
  const start = (runs: number) => {
    const ownSeed = 1 + Math.floor(random() * 1e9);
    return spawn(process.execPath, [CHILD, file, paper, String(ownSeed), String(runs)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  };
  const live = async (moment: Moment, child: ReturnType<typeof start>): Promise<void> => {
    const gone = once(child, 'exit');
    if (!moment.isEarly) await Promise.race([once(child.stdout, 'data'), gone]);
    await sleep(moment.isEarly ? 100 + moment.lifeMs / 3 : moment.lifeMs);
    if (child.exitCode !== null) throw new Error(`A process ended with ${child.exitCode}`);
    child.kill('SIGKILL');
    await gone;
  };
  try {
    let kills = 0;
    {
      await using runtime = await createRuntime({ stores: sqlite(file, { writer: 'inline' }) });
      using _ = answering(runtime);
      for (let round = 1; round <= rounds; round += 1) {
        const runs = 1 + Math.floor(random() * MOST_RUNS);
        const lives = random() < IN_PAIRS ? 2 : 1;
        const moments = Array.from({ length: lives }, () => momentOf(random));
        const children = moments.map(() => start(runs));
        await Promise.all(children.map((child, i) => live(moments[i] as Moment, child)));
        kills += lives;
      }
      await finish(start(0));
    }
    await using runtime = await createRuntime({ stores: sqlite(file, { writer: 'inline' }) });
    const works = existsSync(paper) ? readFileSync(paper, 'utf8') : '';
    return { seed, rounds, kills, ...(await checkSurvivors(runtime, works)) };
  } finally {
    if (folder === undefined) rmSync(place, { recursive: true, force: true });
  }
}

interface Moment {
  readonly isEarly: boolean;
  readonly lifeMs: number;
}

function momentOf(random: () => number): Moment {
  return { isEarly: random() < EARLY, lifeMs: random() * LIFE_MS };
}

async function finish(child: ReturnType<typeof spawn>): Promise<void> {
  const gone = once(child, 'exit');
  const late = setTimeout(() => child.kill('SIGKILL'), LAST_MS);
  const [code, signal] = (await gone) as [number | null, string | null];
  clearTimeout(late);
  if (code !== 0) console.error(`The last process ended with ${code ?? signal}.`);
}

/** Answers what the runs ask, from outside, until it is disposed of. */
function answering(runtime: Runtime): Disposable {
  const stop = new AbortController();
  const look = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const { runs } = await runtime.list({ status: ACTIVE_STATUSES });
      for (const { snapshot } of runs) {
        if ((snapshot.waiting?.interrupts ?? []).length > 0) await answer(runtime, snapshot.runId);
      }
      await sleep(LOOK_MS);
    }
  };
  look().catch((error: unknown) => {
    if (!isRunchartError(error, 'RUNTIME_CLOSED')) throw error;
  });
  return { [Symbol.dispose]: () => stop.abort() };
}

async function answer(runtime: Runtime, runId: string): Promise<void> {
  const { interrupts } = await runtime.get(runId);
  for (const { id, token } of await interrupts.list()) await interrupts.resolve(id, token, ANSWER);
}

if (import.meta.main) {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { seed: { type: 'string' }, keep: { type: 'boolean', default: false } },
  });
  const seed = values.seed === undefined ? newSeed() : Number(values.seed);
  const folder = values.keep ? mkdtempSync(join(tmpdir(), 'runchart-survive-')) : undefined;
  if (folder !== undefined) console.log(`${'folder'.padEnd(16)} ${folder}`);
  console.log(`${'seed'.padEnd(16)} ${seed}`);
  const before = performance.now();
  const {
    violations,
    seed: _,
    ...figures
  } = await surviveLoop(Number(positionals[0] ?? '100'), {
    seed,
    ...(folder !== undefined && { folder }),
  });
  for (const [name, value] of Object.entries(figures)) {
    console.log(`${name.padEnd(16)} ${value}`);
  }
  console.log(`${'seconds'.padEnd(16)} ${((performance.now() - before) / 1000).toFixed(1)}`);
  console.log(`${'violations'.padEnd(16)} ${violations.length}`);
  for (const violation of violations) console.log(`  ${violation}`);
  if (violations.length > 0) process.exitCode = 1;
}
