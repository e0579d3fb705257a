import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const readme = await readFile(join(root, 'README.md'), 'utf8');

/** Each program of the README, and what its closing comment says that it prints. */
const programs = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => ({
  code,
  output: [...code.matchAll(/^\/\/ (.*)$/gm)].map(([, line]) => line).join('\n'),
}));

describe('the README', () => {
  it('has programs, and the package that they import is built', () => {
    expect(programs.length).toBeGreaterThanOrEqual(2);
    expect(existsSync(join(root, 'dist/index.js')), 'npm run build comes first').toBe(true);
  });

  it.each(programs)(
    'prints what program %# says, and the same again when it is repeated',
    async ({ code, output }) => {
      // Inside the package, where its own name resolves to what is built.
      const folder = await mkdtemp(join(root, 'test/.readme-'));
      try {
        await writeFile(join(folder, 'program.ts'), code);
        for (let time = 0; time < 2; time += 1) {
          const { stdout } = await run(process.execPath, ['program.ts'], { cwd: folder });
          expect(stdout.trimEnd()).toBe(output);
        }
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  );

  it('names test files and scripts that exist', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const files = new Set([...readme.matchAll(/`(test\/[\w./-]+)`/g)].map(([, file = '']) => file));
    const commands = new Set(
      [...readme.matchAll(/npm run ([\w-]+)/g)].map(([, name = '']) => name),
    );
    expect([...files].filter((file) => !existsSync(join(root, file)))).toEqual([]);
    expect([...commands].filter((name) => !(name in scripts))).toEqual([]);
  });
});
