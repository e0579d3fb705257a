import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import PQueue from 'p-queue';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRuntime } from '../../src/index.ts';
import { listen } from '../../src/server/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { problemOfBuild, root } from '../support/built.ts';

const run = promisify(execFile);
const TIMEOUT_MS = 60_000;

/** Every program of the folder, so that none is forgotten. */
const names = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.ts'));

/** What the comment at the end of a program says that it prints; undefined without one. */
function promisedBy(code: string): string | undefined {
  const [, lines] = /^\/\/ prints:\n((?:\/\/ .*\n)+)$/m.exec(code) ?? [];
  return lines?.replaceAll(/^\/\/ /gm, '');
}

/** Runs a program in a fresh folder, and answers what it prints. */
async function printedBy(
  path: string,
  envOf: (folder: string) => Promise<NodeJS.ProcessEnv> = async () => process.env,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'runchart-example-'));
  try {
    const options = { cwd: folder, timeout: TIMEOUT_MS, env: await envOf(folder) };
    return (await run(process.execPath, [path, folder], options)).stdout;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('the examples', () => {
  // Each starts processes of its own, so two at a time are enough.
  const queue = new PQueue({ concurrency: 2 });

  beforeAll(() => {
    const problem = problemOfBuild();
    if (problem !== undefined) throw new Error(problem);
  });

  it.concurrent.each(names)(
    '%s prints what the comment at its end says',
    async (name) => {
      const path = join(root, 'examples', name);
      const promised = promisedBy(await readFile(path, 'utf8'));
      expect(promised, 'a program ends with "// prints:" and its output').toBeDefined();
      expect(await queue.add(() => printedBy(path))).toBe(promised);
    },
    TIMEOUT_MS * names.length,
  );

  it('answer the questions of a run over a server too', async () => {
    const path = join(root, 'examples/interrupts.ts');
    const closing: (() => Promise<void>)[] = [];
    const printed = await printedBy(path, async (folder) => {
      const runtime = await createRuntime({ stores: sqlite(join(folder, 'runs.db')) });
      const { url, close } = await listen(runtime);
      closing.push(
        () => close(),
        () => runtime.close(),
      );
      return { ...process.env, RUNCHART_SERVER: url };
    });
    for (const close of closing) await close();
    expect(printed).toBe(promisedBy(await readFile(path, 'utf8')));
  });

  it('are all named in the README', async () => {
    const readme = await readFile(join(root, 'README.md'), 'utf8');
    const missing = names.filter((name) => !readme.includes(`(examples/${name})`));
    expect(missing).toEqual([]);
  });
});
