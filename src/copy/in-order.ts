/**
 * What `work` makes of each item, in the order of the items, with at most `atOnce` at work. When one rejects, the
 * others come to their end first.
 */
export async function* inOrder<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<readonly [T, R], void, void> {
  const running: { readonly item: T; readonly done: Promise<R> }[] = [];
  let next = 0;
  try {
    while (next < items.length || running.length > 0) {
      while (running.length < atOnce && next < items.length) {
        const item = items[next] as T;
        next += 1;
        const done = work(item);
        // Whoever is not waited for any more must not be taken for a rejection that nobody handles.
        done.catch(() => undefined);
        running.push({ item, done });
      }
      const first = running.shift();
      if (first !== undefined) yield [first.item, await first.done];
    }
  } finally {
    await Promise.allSettled(running.map(({ done }) => done));
  }
}
