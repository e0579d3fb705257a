import { AssertionError } from 'node:assert';

/** What the work answers; rejects when it takes longer than `limitMs`. The work itself is not stopped. */
export async function withinLimit<T>(
  limitMs: number,
  what: string,
  work: Promise<T> | T,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = `${what} did not end within ${limitMs / 1_000} seconds`;
    late.reject(new AssertionError({ message }));
  }, limitMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
