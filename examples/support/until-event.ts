import type { Run } from 'runchart';

/** Resolves when the log of the run has so many events of a type. */
export async function untilEvent(run: Run<unknown>, type: string, times = 1): Promise<void> {
  let seen = 0;
  for await (const { event } of run.events()) {
    if (event.type === type) seen += 1;
    if (seen === times) return;
  }
}
