/**
 * Kills a process that writes runs, again and again, and looks at what it left:
 * `node scripts/kill-loop.ts [rounds] [seed]`.
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
import { sqlite } from '../src/stores/sqlite/index.ts';
import { newSeed, randomFrom } from '../test/support/runtime/random.ts';

const CHILD = fileURLToPath(new URL('../test/support/runtime/kill-child.ts', import.meta.url));
/** Longest life of a child after it began to write, in milliseconds. */
const LIFE_MS = 150;
/** Share of the children that are killed while they still start, migrate or claim. */
const EARLY = 0.15;

export interface KillFigures {
  readonly seed: number;
  readonly rounds: number;
  readonly runs: number;
  readonly events: number;
  /** Events and outputs whose writer was told that they are durable. */
  readonly acknowledged: number;
  /** Acknowledged, and not there. */
  readonly lost: number;
  /** There, though the writer died before it heard of it. */
  readonly unacknowledged: number;
  /** Logs whose seq is not 1 to n. */
  readonly gaps: number;
  /** What `verify` found, and snapshots that are not the fold of their log. */
  readonly problems: readonly string[];
  /** Runs that a later child claimed and went on with. */
  readonly resumed: number;
}

/** Runs the loop on a file of its own. */
export async function killLoop(rounds: number, seed: number = newSeed()): Promise<KillFigures> {
  const random = randomFrom(seed);
  const folder = mkdtempSync(join(tmpdir(), 'runchart-kill-'));
  const file = join(folder, 'runs.db');
  const paper = join(folder, 'acknowledged');
  try {
    let found: Findings = NOTHING;
    for (let round = 1; round <= rounds; round += 1) {
      await liveAndDie(file, paper, random);
      found = await lookAt(file, paper);
      if (found.lost > 0 || found.gaps > 0 || found.problems.length > 0) {
        console.error(`round ${round} of seed ${seed}:`, found);
      }
    }
    return { seed, rounds, ...found };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Findings = Omit<KillFigures, 'seed' | 'rounds'>;

const NOTHING: Findings = {
  runs: 0,
  events: 0,
  acknowledged: 0,
  lost: 0,
  unacknowledged: 0,
  gaps: 0,
  problems: [],
  resumed: 0,
};

async function liveAndDie(file: string, paper: string, random: () => number): Promise<void> {
  const seed = String(1 + Math.floor(random() * 1e9));
  const isEarly = random() < EARLY;
  const life = random() * LIFE_MS;
  const child = spawn(process.execPath, [CHILD, file, paper, seed], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  if (!isEarly) await Promise.race([once(child.stdout, 'data'), gone]);
  await sleep(isEarly ? 100 + life : life);
  if (child.exitCode !== null) throw new Error(`The child ended by itself with ${child.exitCode}`);
  child.kill('SIGKILL');
  await gone;
}

async function lookAt(file: string, paper: string): Promise<Findings> {
  if (!existsSync(file)) return NOTHING;
  await using runtime = await createRuntime({ stores: sqlite(file, { writer: 'inline' }) });
  const logs = new Map<string, ReadonlySet<number>>();
  const problems: string[] = [];
  let [events, gaps, resumed, outputsTold] = [0, 0, 0, 0];
  for (const runId of await allRuns(runtime)) {
    const seqs: number[] = [];
    const run = await runtime.get(runId);
    for await (const { seq, event } of run.events({ live: false })) {
      seqs.push(seq);
      if (event.type === 'attempt.started') resumed += 1;
      if (event.type !== 'output.appended') continue;
      outputsTold += 1;
      await run.outputs.get(event['outputId'] as string);
    }
    if (seqs.some((seq, i) => seq !== i + 1)) gaps += 1;
    logs.set(runId, new Set(seqs));
    events += seqs.length;
    // Folds the log again and compares it with the stored snapshot, byte for byte.
    const verified = await runtime.verify(runId);
    problems.push(...verified.problems.map((problem) => `${runId}: ${problem}`));
  }
  const acknowledged = readAcknowledged(paper);
  let [lost, known, outputsKnown] = [0, 0, 0];
  for (const [kind, runId, what] of acknowledged) {
    const isThere =
      kind === 'event'
        ? logs.get(runId)?.has(Number(what)) === true
        : await hasOutput(runtime, runId, what);
    if (!isThere) lost += 1;
    else if (kind === 'event') known += 1;
    else outputsKnown += 1;
  }
  const unacknowledged = events - outputsTold - known + (outputsTold - outputsKnown);
  const runs = logs.size;
  return {
    runs,
    events,
    acknowledged: acknowledged.length,
    lost,
    unacknowledged,
    gaps,
    problems,
    resumed,
  };
}

async function allRuns(runtime: Runtime): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = await runtime.list({ limit: 1_000, ...(cursor && { cursor }) });
    ids.push(...page.runs.map(({ snapshot }) => snapshot.runId));
    cursor = page.nextCursor;
  }
  return ids;
}

type Acknowledged = readonly [kind: string, runId: string, what: string];

/** Each thing once: a run that is gone on with acknowledges its first event again. */
function readAcknowledged(paper: string): Acknowledged[] {
  if (!existsSync(paper)) return [];
  // What stands behind the last line break was cut off by the kill.
  const lines = new Set(readFileSync(paper, 'utf8').split('\n').slice(0, -1));
  return [...lines].map((line) => line.split(' ') as unknown as Acknowledged);
}

async function hasOutput(runtime: Runtime, runId: string, id: string): Promise<boolean> {
  try {
    return (await (await runtime.get(runId)).outputs.get(id)).runId === runId;
  } catch (error) {
    if (isRunchartError(error, 'OUTPUT_NOT_FOUND')) return false;
    throw error;
  }
}

if (import.meta.main) {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [rounds = '100', seed] = positionals;
  const before = performance.now();
  const figures = await killLoop(Number(rounds), seed === undefined ? newSeed() : Number(seed));
  const seconds = ((performance.now() - before) / 1000).toFixed(1);
  for (const [name, value] of Object.entries(figures)) {
    console.log(
      `${name.padEnd(16)} ${Array.isArray(value) ? (value as string[]).join('; ') || 'none' : String(value)}`,
    );
  }
  console.log(`${'seconds'.padEnd(16)} ${seconds}`);
  if (figures.lost > 0 || figures.gaps > 0 || figures.problems.length > 0) process.exitCode = 1;
}
