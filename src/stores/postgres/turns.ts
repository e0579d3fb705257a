/**
 * Lets actions that concern the same thing follow each other in the order in which they were asked for,
 * while all others go on at once.
 */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Runs `action` after all that was asked for before and concerns one of `keys`. */
  async take<T>(keys: Iterable<string>, action: () => Promise<T>): Promise<T> {
    const { promise: done, resolve } = Promise.withResolvers<void>();
    const mine = new Set(keys);
    const before = new Set<Promise<void>>();
    for (const key of mine) {
      const last = this.#last.get(key);
      if (last !== undefined) before.add(last);
      this.#last.set(key, done);
    }
    try {
      if (before.size > 0) await Promise.all(before);
      return await action();
    } finally {
      for (const key of mine) if (this.#last.get(key) === done) this.#last.delete(key);
      resolve();
    }
  }
}
