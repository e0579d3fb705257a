import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { ExecError } from './exec-error.ts';

/** How a process ended: with a code, or by a signal. */
export interface ProcessExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that leads a group of its own. */
export interface StartedProcess {
  /** Its id, which is the id of its group too. */
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when the process itself has ended; others of its group may still run. */
  readonly exited: Promise<ProcessExit>;
}

export interface StartOptions {
  readonly command: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts a process in a group of its own, with no input. Rejects with EXEC_NOT_FOUND or EXEC_NOT_STARTED. */
export async function startProcess({ command, cwd, env }: StartOptions): Promise<StartedProcess> {
  const [file = '', ...args] = command;
  let child: ChildProcessByStdio<null, Readable, Readable>;
  try {
    // Detached: a Ctrl-C of the terminal reaches runchart alone, which then ends the whole group.
    child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const { promise: exited, resolve } = Promise.withResolvers<ProcessExit>();
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    await once(child, 'spawn');
    const { pid, stdout, stderr } = child;
    if (pid === undefined) throw new TypeError(`Expected an id of the process ${file}, got none`);
    return { pid, stdout, stderr, exited };
  } catch (error) {
    throw notStarted(file, error);
  }
}

function notStarted(file: string, cause: unknown): ExecError {
  const { code, message } = cause as NodeJS.ErrnoException;
  return code === 'ENOENT'
    ? new ExecError('EXEC_NOT_FOUND', `Command not found: ${file}`, { cause })
    : new ExecError('EXEC_NOT_STARTED', `${file} could not be started: ${message}`, { cause });
}
