/**
 * Puts one fault after the other into a copy of the source and lets the tests look for it:
 * `node scripts/code-mutants.ts [words of a part or name ...]`. Ends with 1 when one was not noticed.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CODE_MUTANTS, type CodeMutant } from '../test/support/code-mutants/index.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COPIED = ['src', 'test', 'scripts', 'package.json', 'tsconfig.json', 'vitest.config.ts'];
/** Where to look when the tests that a mutant names notice nothing. */
const OTHERS = ['test/machines', 'test/runtime', 'test/work', 'test/regression', 'test/stores'];
/** Tests that hang have noticed something too. */
const MOST_MS = 120_000;
const MOST_MS_OF_ALL = 600_000;

interface Verdict {
  readonly mutant: CodeMutant;
  /** undefined: nobody noticed. */
  readonly by: string | undefined;
}

function copySource(): string {
  const copy = mkdtempSync(join(tmpdir(), 'runchart-mutants-'));
  for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** The first test that fails, `time` when they take too long, undefined when all pass. */
function noticed(copy: string, tests: readonly string[], mostMs = MOST_MS): string | undefined {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const args = ['run', ...tests, '--bail', '1', '--reporter', 'json', '--outputFile', report];
  const vitest = join(copy, 'node_modules/vitest/vitest.mjs');
  const { status } = spawnSync(process.execPath, [vitest, ...args], {
    cwd: copy,
    timeout: mostMs,
    killSignal: 'SIGKILL',
    stdio: 'ignore',
  });
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
      all.find(({ status }) => status === 'failed')?.fullName ?? 'a test file that does not load'
    );
  } catch {
    return 'tests that do not end by themselves';
  }
}

function judge(copy: string, mutant: CodeMutant): Verdict {
  const path = join(copy, mutant.file);
  const source = readFileSync(path, 'utf8');
  const parts = source.split(mutant.find);
  if (parts.length !== 2) {
    throw new Error(`${mutant.file} has the text of "${mutant.name}" ${parts.length - 1} times`);
  }
  writeFileSync(path, parts.join(mutant.replace));
  try {
    const by = noticed(copy, mutant.tests) ?? noticed(copy, OTHERS, MOST_MS_OF_ALL);
    return { mutant, by };
  } finally {
    writeFileSync(path, source);
  }
}

const words = process.argv.slice(2);
const chosen = CODE_MUTANTS.filter(({ part, name }) =>
  words.every((word) => `${part}: ${name}`.includes(word)),
);
const copy = copySource();
const verdicts: Verdict[] = [];
try {
  const all = [...new Set(chosen.flatMap(({ tests }) => tests))];
  const broken = noticed(copy, all, MOST_MS_OF_ALL);
  if (broken !== undefined) throw new Error(`The tests fail without any fault: ${broken}`);
  for (const mutant of chosen) {
    const verdict = judge(copy, mutant);
    verdicts.push(verdict);
    const { part, name } = mutant;
    console.log(`${part.padEnd(13)} ${name.padEnd(66)} ${verdict.by ?? 'NOT NOTICED'}`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
const survivors = verdicts.filter(({ by }) => by === undefined);
console.log(`${verdicts.length} faults, ${survivors.length} not noticed`);
if (survivors.length > 0) process.exitCode = 1;
