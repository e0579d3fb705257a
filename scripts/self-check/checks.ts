import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Json } from '../../src/index.ts';

/** What a tool reported about its work, beyond an exit code. */
interface Report {
  readonly ok: boolean;
  /** One line for people. */
  readonly summary: string;
  readonly counts: { readonly [name: string]: Json };
}

/** One tool of this repository, how it is called, and how its report is read. */
export interface SelfCheck {
  readonly name: string;
  /** What it shows when it is fine. */
  readonly claim: string;
  /** Arguments for Node; `folder` is for files that the tool writes. */
  readonly args: (folder: string) => readonly string[];
  readonly report: (lines: readonly string[], folder: string) => Promise<Report>;
}

const RESULTS = 'results.json';

/** The checks, in the order in which they run. */
export const SELF_CHECKS: readonly SelfCheck[] = [
  {
    name: 'types',
    claim: 'the type check finds no errors',
    args: () => [
      'node_modules/typescript/bin/tsc',
      '-p',
      '.',
      '--pretty',
      'false',
      '--diagnostics',
    ],
    report: async (lines) => {
      const errors = lines.filter((line) => /\berror TS\d+:/.test(line)).length;
      const files = Number(
        lines.map((line) => /^Files:\s+(\d+)/.exec(line)?.[1]).find(Boolean) ?? 0,
      );
      // Without a count of files it did not get as far as checking.
      const ok = errors === 0 && files > 0;
      return { ok, summary: `${errors} errors in ${files} files`, counts: { errors, files } };
    },
  },
  {
    name: 'tests',
    claim: 'the unit tests pass',
    args: (folder) => [
      'node_modules/vitest/vitest.mjs',
      'run',
      // Once, without a server.
      '--project=together',
      'test/machines',
      'test/work',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${join(folder, RESULTS)}`,
    ],
    report: async (_, folder) => {
      const {
        numTotalTests: total,
        numPassedTests: passed,
        success,
      } = JSON.parse(await readFile(join(folder, RESULTS), 'utf8')) as {
        numTotalTests: number;
        numPassedTests: number;
        success: boolean;
      };
      const ok = success && total > 0 && passed === total;
      return { ok, summary: `${passed} of ${total} tests passed`, counts: { total, passed } };
    },
  },
];
