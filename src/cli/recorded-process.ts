import type { Run } from '../index.ts';
import { storedEvents } from './runs.ts';

/** A process that a run said it had started. */
export interface RecordedProcess {
  readonly pid: number;
  readonly command: readonly string[];
}

/** The last process that a run recorded; undefined when it recorded none. */
export async function lastProcessOf(run: Run): Promise<RecordedProcess | undefined> {
  let last: RecordedProcess | undefined;
  for await (const { event } of storedEvents(run)) {
    const { type, pid, command } = event;
    if (type !== 'custom.process.started' || !Number.isSafeInteger(pid) || Number(pid) <= 0)
      continue;
    last = { pid: Number(pid), command: Array.isArray(command) ? command.map(String) : [] };
  }
  return last;
}
