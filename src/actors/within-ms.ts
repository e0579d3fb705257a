import { after, type Clock } from './clock.ts';

/** Waits for `work`, but not longer than `ms`. */
export async function withinMs(
  clock: Clock,
  ms: number,
  work: Promise<unknown> | undefined,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const callOff = after(clock, ms, resolve);
  await Promise.race([promise, work]);
  callOff();
}
