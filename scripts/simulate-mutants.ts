/** Plants faults of concurrency, one at a time, and says after how many seeds the simulation finds each. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SIMULATION_MUTANTS, type SimulationMutant } from '../test/support/simulation-mutants.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MAX_SEEDS = Number(process.argv[2] ?? '3000');
/** Only mutants with this text in their name. */
const ONLY = process.argv[3] ?? '';
/** How long one mutant may take, in milliseconds: some make a world go round without end. */
const MAX_MS = 600_000;

interface Verdict {
  readonly seeds: number;
  /** What was found first; undefined when nothing was. */
  readonly found: string | undefined;
}

function tryOut({ name, changes }: SimulationMutant): Verdict {
  const folder = mkdtempSync(join(tmpdir(), 'runchart-mutant-'));
  try {
    for (const part of ['src', 'scripts/simulate.ts', 'package.json']) {
      cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    for (const { file, text, replacement } of changes) {
      const path = join(folder, 'src', file);
      const before = readFileSync(path, 'utf8');
      if (before.split(text).length !== 2) {
        throw new Error(`Mutant "${name}": expected its text once in src/${file}`);
      }
      writeFileSync(
        path,
        before.replace(text, () => replacement),
      );
    }
    const args = ['scripts/simulate.ts', '--seeds', String(MAX_SEEDS), '--no-shrink'];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, {
      cwd: folder,
      encoding: 'utf8',
      timeout: MAX_MS,
    });
    const seeds = Number(/^seeds +(\d+)$/mu.exec(stdout)?.[1] ?? Number.NaN);
    if (status === 0) return { seeds, found: undefined };
    const [, violation] = /^ {2}(\S.*)$/mu.exec(stdout) ?? [];
    return { seeds, found: violation ?? stderr.trim().split('\n').at(0) ?? 'it did not end' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const MAX_SHOWN = 90;
let missed = 0;
const mutants = SIMULATION_MUTANTS.filter(({ name }) => name.includes(ONLY));
for (const mutant of mutants) {
  const { seeds, found } = tryOut(mutant);
  if (found === undefined) missed += 1;
  const after = found === undefined ? `not in ${seeds}` : `after ${seeds}`;
  console.log(`${mutant.name.padEnd(66)} ${after.padEnd(12)} ${(found ?? '').slice(0, MAX_SHOWN)}`);
}
console.log(`${mutants.length - missed} of ${mutants.length} are found`);
if (missed > 0) process.exitCode = 1;
