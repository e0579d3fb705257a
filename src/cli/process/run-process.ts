import { setTimeout as sleep } from 'node:timers/promises';
import { type LineReader, readLines } from './line-reader.ts';
import { endGroup, signalGroup } from './process-group.ts';
import { type ProcessExit, type StartOptions, startProcess } from './start-process.ts';

/** Time between SIGTERM and SIGKILL, in milliseconds. */
const GRACE_MS = 2_000;
/** A pipe that gave nothing for so long, and whose group has ended, is held by a stranger. */
const IDLE_MS = 500;
const LOOK_MS = 50;

/** Where a line came from. */
type LineSource = 'stdout' | 'stderr';

export interface ProcessOptions extends StartOptions {
  /** Ends the group: SIGTERM, and SIGKILL after two seconds. */
  readonly signal?: AbortSignal;
  /** Ends the group at once: SIGKILL. */
  readonly force?: AbortSignal;
  /** Ends the group after so many milliseconds, like `signal`. */
  readonly timeoutMs?: number | undefined;
  /** Told the id before any output is read. If it rejects, the group is ended. */
  readonly onStart?: (pid: number) => unknown;
  /** While its promise is pending, that stream is not read: the process has to wait with its output. */
  readonly onLine: (text: string, source: LineSource) => void | Promise<void>;
}

export interface ProcessEnd extends ProcessExit {
  /** What ended it: the process itself, the time limit or the signal. */
  readonly by: 'itself' | 'timeout' | 'abort';
}

/**
 * Runs a process to its end and hands over its output line by line. Resolves when the process has ended
 * and all of its output was taken. Nothing is left behind: whoever of the group still holds the output
 * two seconds after the process has ended is ended too.
 *
 * Rejects with EXEC_NOT_FOUND, EXEC_NOT_STARTED, or whatever `onStart` or `onLine` rejected with.
 */
export async function runProcess(options: ProcessOptions): Promise<ProcessEnd> {
  const { signal, force, timeoutMs, onStart, onLine } = options;
  const { pid, exited, stdout, stderr } = await startProcess(options);
  const group = groupOf(pid);
  const onAbort = (): void => void group.end('abort');
  const onTimeout = (): void => void group.end('timeout');
  const timer = timeoutMs === undefined ? undefined : setTimeout(onTimeout, timeoutMs);
  signal?.addEventListener('abort', onAbort);
  force?.addEventListener('abort', group.kill);
  // Whatever ends this process from within takes the group along.
  process.once('exit', group.kill);
  // Read from the beginning, for Node drops what nobody reads when the process ends; but the first
  // line waits until the start was told.
  let telling: Promise<unknown> | undefined = Promise.resolve(onStart?.(pid));
  const take = (source: LineSource) => (text: string) =>
    telling === undefined ? onLine(text, source) : telling.then(() => onLine(text, source));
  const readers = [readLines(stdout, take('stdout')), readLines(stderr, take('stderr'))];
  const read = Promise.all(readers.map(({ done }) => done));
  // Its failure is waited for below, which may be too late for Node's liking.
  read.catch(() => undefined);
  try {
    if (signal?.aborted) onAbort();
    if (force?.aborted) group.kill();
    await telling;
    telling = undefined;
    // Reading that fails ends the wait: who cannot take a line has no use for the process.
    const exit = await Promise.race([exited, read.then(() => exited)]);
    const settled = new AbortController();
    const letting = letGo(group, readers, settled.signal);
    await read.finally(() => settled.abort());
    await letting;
    if (group.endedBy() !== 'itself') await group.end('abort');
    return { ...exit, by: group.endedBy() };
  } catch (error) {
    await group.end('abort');
    stdout.destroy();
    stderr.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    force?.removeEventListener('abort', group.kill);
    process.removeListener('exit', group.kill);
  }
}

/** A group and how it came to its end. */
interface Group {
  endedBy(): ProcessEnd['by'];
  /** Ends it once, however often it is called; the first who has a reason counts. */
  end(by: ProcessEnd['by']): Promise<void>;
  readonly kill: () => void;
}

function groupOf(pid: number): Group {
  let endedBy: ProcessEnd['by'] = 'itself';
  let ending: Promise<void> | undefined;
  return {
    endedBy: () => endedBy,
    end: (by) => {
      if (endedBy === 'itself') endedBy = by;
      ending ??= endGroup(pid, GRACE_MS);
      return ending;
    },
    kill: () => void signalGroup(pid, 'SIGKILL'),
  };
}

/**
 * Called when the process has ended: those of its group who hold its output get some time, then they
 * are ended. Output that a stranger holds, who left the group, is let go when nothing comes any more,
 * or, if the end was not the process's own, after the same time. `settled` says that all was read.
 */
async function letGo(
  group: Group,
  readers: readonly LineReader[],
  settled: AbortSignal,
): Promise<void> {
  const pause = (ms: number): Promise<unknown> =>
    sleep(ms, undefined, { signal: settled }).catch(() => undefined);
  await pause(GRACE_MS);
  if (settled.aborted) return;
  await group.end('itself');
  const deadline = performance.now() + GRACE_MS;
  const isOver = (): boolean => group.endedBy() !== 'itself' && performance.now() > deadline;
  while (!settled.aborted && !isOver() && readers.some((reader) => reader.idleMs() < IDLE_MS)) {
    await pause(LOOK_MS);
  }
  for (const reader of readers) reader.abandon();
}
