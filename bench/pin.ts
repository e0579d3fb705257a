import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/**
 * Keeps a process, with its threads and the processes that it starts from then on, on one processor. False where
 * that cannot be done: with one processor, or without the `taskset` of Linux.
 */
export function pin(pid: number | undefined, processor: number): boolean {
  if (pid === undefined || availableParallelism() < 2) return false;
  try {
    execFileSync('taskset', ['-acp', String(processor), String(pid)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
