import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PROCESS = fileURLToPath(new URL('lost-process.ts', import.meta.url));

/**
 * Leaves runs behind whose owner was killed. The lock that one of them waits for is held by a file, which is
 * there when this resolves. Rejects when the process did not begin.
 */
export async function loseProcess({
  database,
  repository,
  lockFile,
}: {
  readonly database: string;
  readonly repository: string;
  readonly lockFile: string;
}): Promise<void> {
  writeFileSync(lockFile, 'held by somebody else\n');
  const child = spawn(process.execPath, [PROCESS, database, repository, lockFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const begun = await Promise.race([once(child.stdout, 'data').then(() => true), ended]);
  child.kill('SIGKILL');
  await ended;
  if (begun !== true) throw new Error('The process that was to be killed ended by itself.');
}
