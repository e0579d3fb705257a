import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemOfBuild, root } from '../support/built.ts';

const run = promisify(execFile);
const TIMEOUT_MS = 120_000;

/** A script of somebody who has installed the package, and nothing else. */
const SCRIPT = `
import { createRuntime } from 'runchart';
import { memory } from 'runchart/memory';
import { casesFor, conformanceCases, faultyStores, runConformance, virtualClock } from 'runchart/testing';

const stores = memory();
const { cases, leftOut } = casesFor(stores.events.capabilities);
console.log(cases.length + leftOut.length === conformanceCases.length, leftOut.length > 0);

const { ok, failed } = await runConformance({ createStores: () => memory() }, { quick: true });
console.log(ok, failed.length);

const faulty = faultyStores(stores);
const clock = virtualClock(1_000);
await using runtime = await createRuntime({ stores: faulty.stores, clock });
const run = await runtime.open({ prompt: 'x' });
faulty.arm(1, 'once', ({ method }) => method === 'events.append');
const code = await run.record({ type: 'custom.x' }).then(() => 'recorded', (error) => error.code);
console.log(code, (await run.snapshot()).createdAtMs);
`;

/** A package of its own, in which the packed one is installed as npm would do it, without a network. */
let home: string;

beforeAll(async () => {
  const problem = problemOfBuild();
  if (problem !== undefined) throw new Error(problem);
  home = await mkdtemp(join(tmpdir(), 'runchart-packed-'));
  const modules = join(home, 'node_modules');
  await mkdir(modules);
  // Scripts would build again; the cache and the log of npm stay in the folder as well.
  const flags = [
    '--ignore-scripts',
    '--offline',
    '--cache',
    join(home, 'cache'),
    '--loglevel=error',
  ];
  await run('npm', ['pack', '--pack-destination', home, ...flags], {
    cwd: root,
    shell: process.platform === 'win32',
  });
  const tarball = (await readdir(home)).find((name) => name.endsWith('.tgz')) ?? 'no tarball';
  await run('tar', ['-xzf', tarball], { cwd: home });
  await rename(join(home, 'package'), join(modules, 'runchart'));
  const packed = JSON.parse(await readFile(join(modules, 'runchart/package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(packed.dependencies)) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(root, 'node_modules', name), join(modules, name), 'junction');
  }
  await writeFile(join(home, 'package.json'), '{ "type": "module" }');
}, TIMEOUT_MS);

afterAll(() => rm(home, { recursive: true, force: true }));

describe('the package as users get it', () => {
  const node = async (...args: readonly string[]): Promise<string> =>
    (await run(process.execPath, args, { cwd: home })).stdout;

  it('has every file that its exports name, with its types', async () => {
    const folder = join(home, 'node_modules/runchart');
    const { exports, bin } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
      exports: Record<string, string | Record<string, string>>;
      bin: Record<string, string>;
    };
    expect(Object.keys(exports)).toContain('./testing');
    const files = Object.values(exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    );
    const missing = [...files, ...Object.values(bin)].filter(
      (file) => !existsSync(join(folder, file)),
    );
    expect(missing).toEqual([]);
  });

  it(
    'has the cases and the wrappers, which need no test runner',
    async () => {
      await writeFile(join(home, 'script.mjs'), SCRIPT);
      const printed = await node('script.mjs');
      expect(printed.trim().split('\n')).toEqual(['true true', 'true 0', 'APPEND_FAILED 1000']);
    },
    TIMEOUT_MS,
  );

  it(
    'catches each of five faults of a store by a case, and none in the store without a fault',
    async () => {
      await copyFile(join(root, 'examples/broken-store.ts'), join(home, 'broken-store.ts'));
      const printed = await node('broken-store.ts');
      const [intact, ...faults] = printed.trim().split(/\n(?! )/);
      expect(intact).toBe('without a fault\n  every case passed');
      expect(faults).toHaveLength(5);
      for (const fault of faults)
        expect(fault).toMatch(/^".+"\n {2}(event store|checkpointer): .+$/);
    },
    TIMEOUT_MS,
  );

  it(
    'has the command that runs the cases on stores of a module',
    async () => {
      const module = "import { memory } from 'runchart/memory'; export default () => memory();\n";
      await writeFile(join(home, 'my-store.ts'), module);
      const main = join(home, 'node_modules/runchart/dist/cli/main.js');
      const printed = await node(main, 'conformance', 'my-store.ts', '--only', 'retention');
      expect(printed).toMatch(/^\d+ cases: all passed$/m);
      expect(printed).not.toContain('failed');
    },
    TIMEOUT_MS,
  );
});
