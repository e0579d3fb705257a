import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 20_000;

/** Waits until something is so. */
export async function until(
  what: string | (() => string),
  isSo: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > deadline)
      throw new Error(`waited in vain until ${typeof what === 'string' ? what : what()}`);
    await sleep(20);
  }
}
