/** How many are under way at the same time. */
const AT_ONCE = 32;

/** Does something with each of many, some of them at a time. Rejects with the first failure. */
export async function inTurns<T>(
  items: readonly T[],
  act: (item: T) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length) {
      const item = items[next] as T;
      next += 1;
      await act(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, work));
}
