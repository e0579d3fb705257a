/**
 * Resolves when nothing of this process can get on by itself: all promises that were settled have been
 * heard of, and nobody waits for a turn of the event loop. What remains waits for an answer of a store
 * or for time, both of which the world gives. How many turns that takes plays no part.
 */
export async function quiet(): Promise<void> {
  do await new Promise<void>((resolve) => void setImmediate(resolve));
  while (process.getActiveResourcesInfo().includes('Immediate'));
}
