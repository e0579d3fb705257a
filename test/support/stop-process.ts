import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where it cannot be looked up whether a process stands, this is given to it, in milliseconds. */
const BLIND_MS = 100;

/**
 * Stops a process without ending it, until SIGCONT. Resolves when none of its threads runs any more: a signal takes
 * its time, and meanwhile a server may still answer.
 */
export async function stopProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  const tasks = `/proc/${pid}/task`;
  if (!existsSync(tasks)) return sleep(BLIND_MS);
  while (!readdirSync(tasks).every((task) => isStopped(`${tasks}/${task}/stat`))) await sleep(1);
}

function isStopped(stat: string): boolean {
  try {
    const text = readFileSync(stat, 'latin1');
    // The state follows the name, which may have anything in it.
    return text.slice(text.lastIndexOf(')') + 2).startsWith('T');
  } catch {
    // A thread that ended meanwhile.
    return true;
  }
}
