/**
 * Runs to look at: `node scripts/inspector-demo.ts [FOLDER] [--port N] [--big] [--repository PATH]`.
 *
 * Plays jobs that do real work on a repository, each to where it is interesting, in a store in the folder, and
 * serves them until Ctrl-C. A store that is there is served as it is. Without a folder it is a temporary one.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { problemOfBuild } from '../test/support/built.ts';
import { openDemo } from './inspector-demo/open-demo.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: 'string', default: '0' },
    big: { type: 'boolean', default: false },
    repository: { type: 'string' },
  },
});
const problem = problemOfBuild();
if (problem !== undefined) throw new Error(problem);

const [given] = positionals;
const folder = given ?? mkdtempSync(join(tmpdir(), 'runchart-demo-'));
try {
  const { port, repository, big } = values;
  await using demo = await openDemo({
    folder,
    port: Number(port),
    big,
    ...(repository !== undefined && { repository }),
  });
  console.log(`${demo.url}/inspect/`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
} finally {
  if (given === undefined) rmSync(folder, { recursive: true, force: true });
}
