import { setTimeout as sleep } from 'node:timers/promises';
import { noteFault } from './paper.ts';
import type { Part } from './part.ts';

/** Does something until the part is asked to stop, with pauses. What fails is written down, and done again. */
export async function againAndAgain(
  { stop, paper }: Pick<Part, 'stop' | 'paper'>,
  pauseMs: () => number,
  act: () => Promise<void>,
): Promise<void> {
  const fault = noteFault(paper);
  while (!stop.aborted) {
    await act().catch(fault);
    await sleep(pauseMs(), undefined, { signal: stop }).catch(() => {});
  }
}
