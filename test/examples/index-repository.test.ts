import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { expectSound, open } from '../support/runtime/helpers.ts';
import { problemOfBuild, root } from '../support/built.ts';

const program = join(root, 'examples/index-repository.ts');
const TIMEOUT_MS = 60_000;
/** How many steps the program has under way at once. */
const LANES = 4;
/** Pieces of work after which it is killed, of more than a hundred. */
const ENOUGH = 20;

/** The files that are to be indexed, found in another way than the program does. */
function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return filesIn(path);
    return path.endsWith('.md') || path.endsWith('.ts') ? [path] : [];
  });
}

/** The index, made at once and in another way: word, file, how often. */
function indexOf(files: readonly string[]): Map<string, Map<string, number>> {
  const index = new Map<string, Map<string, number>>();
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8').toLowerCase();
    for (const word of text.split(/[^a-z]+/)) {
      if (word.length < 3) continue;
      const inFiles = index.get(word) ?? new Map<string, number>();
      index.set(word, inFiles.set(file, (inFiles.get(file) ?? 0) + 1));
    }
  }
  return index;
}

/** The work that was done, in order: a line for each piece. */
function workIn(folder: string): string[] {
  const path = join(folder, 'work.txt');
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
}

/** Starts the program, and kills it when enough is done. */
async function startAndKill(folder: string): Promise<void> {
  const child = spawn(process.execPath, [program, folder], { cwd: folder, stdio: 'ignore' });
  const exit = once(child, 'exit');
  while (child.exitCode === null && workIn(folder).length < ENOUGH) await pause(2);
  child.kill('SIGKILL');
  await exit;
}

/** What the log of the only run says. */
async function look(folder: string) {
  const stores = sqlite(join(folder, 'runs.db'));
  // Without the definition nothing is gone on with.
  await using runtime = await open({ stores });
  const { runs } = await runtime.list();
  expect(runs.length).toBe(1);
  const { runId = '', status } = runs[0]?.snapshot ?? {};
  const log = await expectSound(stores, runId);
  const namesOf = (type: string): string[] =>
    log.flatMap(({ event }) => (event.type === type ? [String(event['name'])] : []));
  return {
    status,
    attempts: log.filter(({ event }) => event.type === 'attempt.started').length,
    begun: namesOf('step.started'),
    ended: namesOf('step.completed'),
  };
}

it(
  'a job that is killed with -9 in the middle goes on, and does the work of each step that ended once',
  async () => {
    expect(problemOfBuild()).toBeUndefined();
    const files = [...filesIn('docs'), ...filesIn('src')];
    const all = ['find files', ...files].toSorted();
    const parent = await mkdtemp(join(tmpdir(), 'runchart-index-'));
    try {
      // On a busy machine the kill may come too late, when all is done: then once more, somewhere else.
      let folder: string;
      let before: Awaited<ReturnType<typeof look>>;
      do {
        folder = await mkdtemp(join(parent, 'try-'));
        await startAndKill(folder);
        before = await look(folder);
      } while (before.ended.length === all.length);
      const workBefore = workIn(folder);
      expect(before).toMatchObject({ status: 'executing', attempts: 1 });
      expect(before.ended.length, 'some are done').toBeGreaterThan(ENOUGH / 2);
      expect(before.ended.length, 'not all are done').toBeLessThan(all.length);
      expect(existsSync(join(folder, 'index.json'))).toBe(false);

      await promisify(execFile)(process.execPath, [program, folder], { cwd: tmpdir() });
      const after = await look(folder);
      const workAfter = workIn(folder).slice(workBefore.length);
      expect(after).toMatchObject({ status: 'completed', attempts: 2 });
      expect(after.ended.toSorted(), 'each step ended once').toEqual(all);

      // What had ended was not done again, everything else was.
      const ended = new Set(before.ended);
      expect(workAfter.toSorted()).toEqual(all.filter((name) => !ended.has(name)));
      expect(new Set(workBefore).size, 'nothing was done twice before').toBe(workBefore.length);
      const twice = workBefore.filter((name) => workAfter.includes(name));
      expect(twice.length, 'only what was under way is done twice').toBeLessThanOrEqual(LANES);

      const index: Record<string, Record<string, number>> = JSON.parse(
        readFileSync(join(folder, 'index.json'), 'utf8'),
      );
      const expected = [...indexOf(files)].map(([word, at]) => [word, Object.fromEntries(at)]);
      expect(index).toEqual(Object.fromEntries(expected));
      console.log(
        `killed after ${before.ended.length} of ${all.length} steps, ${twice.length} done twice`,
      );
    } finally {
      await rm(parent, { recursive: true, force: true });
    }
  },
  TIMEOUT_MS,
);
