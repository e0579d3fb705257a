import { after, type Clock } from './clock.ts';

/** The longest that a timer can be set to. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Waits until somebody wakes the reader. Its consumer waits too, so the process stays: the word may come from another one. */
export async function asleep(reader: { wake: () => void }, clock: Clock): Promise<void> {
  let callOff = (): void => {};
  const stay = (): void => {
    callOff = after(clock, MAX_TIMER_MS, stay);
  };
  stay();
  const { promise, resolve } = Promise.withResolvers<void>();
  reader.wake = resolve;
  await promise;
  callOff();
}
