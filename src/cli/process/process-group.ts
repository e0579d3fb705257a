import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** How often to look whether a group has ended: too short to be noticed by people. */
const LOOK_MS = 20;

/** Sends a signal to every process of a group; false when there is no such group any more. */
export function signalGroup(groupId: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-groupId, signal);
    return true;
  } catch (error) {
    // EPERM: it is there, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * True while a process of the group runs. One that has ended still answers to signals until its parent
 * collects it, which in a container may be late or never: where /proc tells, it counts as gone.
 */
function isGroupAlive(groupId: number): boolean {
  if (!signalGroup(groupId, 0)) return false;
  if (process.platform !== 'linux') return true;
  try {
    const stats = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(statOf);
    return stats.some((stat) => stat.isRunning && stat.groupId === groupId);
  } catch {
    return true;
  }
}

/** True while a process with this id runs: ids are used again, so it need not be the one that was meant. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return process.platform !== 'linux' || statOf(String(pid)).isRunning;
}

/** Reads `pid (name) state parent group ...`; the name may hold anything. */
function statOf(pid: string): { readonly isRunning: boolean; readonly groupId: number } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { isRunning: state !== 'Z' && state !== 'X', groupId: Number(group) };
  } catch {
    // It ended while we looked.
    return { isRunning: false, groupId: 0 };
  }
}

/** Asks a group to end (SIGTERM), and after `graceMs` ends what is left of it (SIGKILL). */
export async function endGroup(groupId: number, graceMs: number): Promise<void> {
  if (!signalGroup(groupId, 'SIGTERM')) return;
  const deadline = performance.now() + graceMs;
  while (performance.now() < deadline) {
    await sleep(LOOK_MS);
    if (!isGroupAlive(groupId)) return;
  }
  signalGroup(groupId, 'SIGKILL');
}
