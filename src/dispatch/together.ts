interface Waiting<Item> {
  readonly items: Item[];
  readonly done: Promise<void>;
}

/** Does for many at once what is asked for one by one: what comes while a call is under way goes with the next. */
export class Together<Item> {
  readonly #act: (items: Item[]) => Promise<unknown>;
  #next: Waiting<Item> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(act: (items: Item[]) => Promise<unknown>) {
    this.#act = act;
  }

  /** Resolves or rejects as the call for all of them does. */
  add(item: Item): Promise<void> {
    this.#next ??= this.#begin();
    this.#next.items.push(item);
    return this.#next.done;
  }

  #begin(): Waiting<Item> {
    const items: Item[] = [];
    const before = this.#last;
    const act = async (): Promise<void> => {
      await before.catch(() => {});
      this.#next = undefined;
      await this.#act(items);
    };
    const done = act();
    this.#last = done;
    return { items, done };
  }
}
