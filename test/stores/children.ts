import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const SCRIPTS = {
  sqlite: new URL('./sqlite-child.ts', import.meta.url),
  blobs: new URL('./blob-child.ts', import.meta.url),
};

/** A process that runs one command of a script beside this file, and what it has said so far. */
export interface Child {
  readonly process: ChildProcess;
  readonly said: readonly unknown[];
  /** Resolves when the child has said at least this many lines, or has ended. */
  heard(lines: number): Promise<void>;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

export function startChild(
  command: string,
  path: string,
  argument = '',
  script: keyof typeof SCRIPTS = 'sqlite',
): Child {
  const file = fileURLToPath(SCRIPTS[script]);
  const child = spawn(process.execPath, [file, command, path, argument], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: unknown[] = [];
  const waiting = new Set<() => void>();
  const wake = () => waiting.forEach((check) => check());
  let isOver = false;
  createInterface(child.stdout).on('line', (line) => {
    // The last line of a process that was killed may be cut: it was not said then.
    if (line.endsWith('}') || line.endsWith(']') || line.endsWith('"')) said.push(JSON.parse(line));
    wake();
  });
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => {
    isOver = true;
    wake();
    return (signal ?? code) as number | string;
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const heard = (lines: number) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (said.length < lines && !isOver) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  return { process: child, said, heard, ended };
}
