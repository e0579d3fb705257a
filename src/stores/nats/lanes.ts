/**
 * Actions that concern the same names follow each other in the order in which they were asked for; others go side
 * by side. An action whose names are free begins at once, in the same turn.
 */
export class Lanes {
  readonly #last = new Map<string, Promise<unknown>>();

  run<T>(names: readonly string[], action: () => Promise<T>): Promise<T> {
    const before = names.flatMap((name) => this.#last.get(name) ?? []);
    const done = before.length === 0 ? action() : Promise.allSettled(before).then(action);
    for (const name of names) this.#last.set(name, done);
    const leave = (): void => {
      for (const name of names) if (this.#last.get(name) === done) this.#last.delete(name);
    };
    done.then(leave, leave);
    return done;
  }

  /** Resolves when everything that was asked for is done. */
  async idle(): Promise<void> {
    while (this.#last.size > 0) await Promise.allSettled(this.#last.values());
  }
}
