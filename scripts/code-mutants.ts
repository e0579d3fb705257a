/**
 * Puts faults into copies of the source, one at a time, and lets the tests look for each:
 * `node scripts/code-mutants.ts [--jobs N] [words of a part or name ...]`. Ends with 1 when one was not noticed.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CODE_MUTANTS, type CodeMutant } from '../test/support/code-mutants/index.ts';
import { findMisfits } from '../test/support/find-misfits.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COPIED = [
  'src',
  'test',
  'scripts',
  'docs',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
];
/** Those with tests that mutants name. */
const PROJECTS = ['together', 'postgres', 'nats', 'dispatch'];
/** Where to look when the tests that a mutant names notice nothing; without servers. */
const OTHERS = [
  'test/machines',
  'test/regression',
  'test/runtime',
  'test/stores',
  'test/testing/conformance.test.ts',
  'test/testing/model',
  'test/verification',
  'test/work',
];
/** Tests that hang have noticed something too. */
const MOST_MS = 180_000;
const MOST_MS_OF_ALL = 900_000;

const { values, positionals: words } = parseArgs({
  allowPositionals: true,
  options: { jobs: { type: 'string', default: String(availableParallelism()) } },
});
const JOBS = Number(values.jobs);
if (!Number.isSafeInteger(JOBS) || JOBS < 1) {
  throw new TypeError(`Expected --jobs to be a positive integer, got ${values.jobs}`);
}
/** Per copy, so that all of them together have the processors. */
const WORKERS = Math.ceil(availableParallelism() / JOBS);

function copySource(): string {
  const copy = mkdtempSync(join(tmpdir(), 'runchart-mutants-'));
  for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** The first test that fails, `time` when they take too long, undefined when all pass. */
async function noticed(
  copy: string,
  tests: readonly string[],
  { mostMs = MOST_MS, workers = WORKERS } = {},
): Promise<string | undefined> {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const vitest = join(copy, 'node_modules/vitest/vitest.mjs');
  const options = ['--bail', '1', '--maxWorkers', String(workers)];
  const args = [
    vitest,
    'run',
    ...(tests === OTHERS ? ['together'] : PROJECTS).flatMap((project) => ['--project', project]),
    ...tests,
    ...options,
    '--reporter',
    'json',
    '--outputFile',
    report,
  ];
  // A group of its own, as a worker that is caught in a loop outlives the process that began it.
  const child = spawn(process.execPath, args, { cwd: copy, stdio: 'ignore', detached: true });
  const { promise: ended, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('exit', resolve).once('error', reject);
  const timer = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), mostMs);
  const status = await ended;
  clearTimeout(timer);
  if (status === 0) return undefined;
  return status === null ? 'time' : firstFailure(report);
}

function firstFailure(report: string): string {
  try {
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
      readonly testResults: readonly {
        readonly assertionResults: readonly {
          readonly status: string;
          readonly fullName: string;
        }[];
      }[];
    };
    const all = testResults.flatMap(({ assertionResults }) => assertionResults);
    return (
      all.find(({ status }) => status === 'failed')?.fullName ??
      'a failure that the report does not name'
    );
  } catch {
    return 'tests that do not end by themselves';
  }
}

/** Runs `tests` on the source with the fault in it. Answers who notices it, if somebody does. */
async function judge(
  copy: string,
  { file, find, replace }: CodeMutant,
  tests: readonly string[],
  mostMs: number,
): Promise<string | undefined> {
  const path = join(copy, file);
  const source = readFileSync(path, 'utf8');
  writeFileSync(path, source.split(find).join(replace));
  try {
    return await noticed(copy, tests, { mostMs });
  } finally {
    writeFileSync(path, source);
  }
}

/** Each copy takes the next fault that is left. Answers those that nobody noticed. */
async function judgeAll(
  copies: readonly string[],
  mutants: readonly CodeMutant[],
  testsOf: (mutant: CodeMutant) => readonly string[],
  mostMs: number,
): Promise<readonly CodeMutant[]> {
  const left = mutants.values();
  const survivors: CodeMutant[] = [];
  const work = copies.map(async (copy) => {
    for (const mutant of left) {
      const by = await judge(copy, mutant, testsOf(mutant), mostMs);
      if (by === undefined) survivors.push(mutant);
      tell(mutant, by ?? 'not by these tests');
    }
  });
  await Promise.all(work);
  return survivors;
}

function tell({ part, name }: CodeMutant, verdict: string): void {
  console.log(`${part.padEnd(13)} ${name.padEnd(66)} ${verdict}`);
}

async function main(): Promise<void> {
  const places = CODE_MUTANTS.map(({ name, file, find }) => ({ name, file, text: find }));
  const misfits = findMisfits(ROOT, places);
  if (misfits.length > 0) {
    for (const misfit of misfits) console.error(misfit);
    throw new Error(`${misfits.length} of ${places.length} faults do not fit the source any more`);
  }
  const chosen = CODE_MUTANTS.filter(({ part, name }) =>
    words.every((word) => `${part}: ${name}`.includes(word)),
  );
  const copies = Array.from({ length: JOBS }, copySource);
  try {
    const [first = ''] = copies;
    const workers = availableParallelism();
    const checkSound = async (tests: readonly string[]): Promise<void> => {
      const broken = await noticed(first, tests, { mostMs: MOST_MS_OF_ALL, workers });
      if (broken !== undefined) throw new Error(`The tests fail without any fault: ${broken}`);
    };
    await checkSound([...new Set(chosen.flatMap(({ tests }) => tests))]);
    const rest = await judgeAll(copies, chosen, ({ tests }) => tests, MOST_MS);
    if (rest.length > 0) await checkSound(OTHERS);
    const survivors = await judgeAll(copies, rest, () => OTHERS, MOST_MS_OF_ALL);
    for (const survivor of survivors) tell(survivor, 'NOT NOTICED');
    console.log(`${chosen.length} faults, ${survivors.length} not noticed`);
    if (survivors.length > 0) process.exitCode = 1;
  } finally {
    for (const copy of copies) rmSync(copy, { recursive: true, force: true });
  }
}

await main();
