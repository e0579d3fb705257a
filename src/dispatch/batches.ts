/** The most that is written at once. */
const MOST = 500;

/** Gathers what is to be written while something is being written. A batch that fails is told of, and lost. */
export class Batches<Item> {
  readonly #write: (items: readonly Item[]) => Promise<void>;
  readonly #onError: (error: unknown) => void;
  #waiting = new Map<string, Item>();
  #writing: Promise<void> | undefined;

  constructor(write: (items: readonly Item[]) => Promise<void>, onError: (error: unknown) => void) {
    this.#write = write;
    this.#onError = onError;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** What has the same key and waits still is replaced. */
  add(key: string, item: Item): void {
    this.#waiting.set(key, item);
    this.#writing ??= this.#run();
  }

  /** Resolves when nothing waits and nothing is being written. */
  async idle(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async #run(): Promise<void> {
    // Those who come in the same moment go together.
    await Promise.resolve();
    while (this.#waiting.size > 0) {
      const items = [...this.#waiting].slice(0, MOST);
      for (const [key] of items) this.#waiting.delete(key);
      try {
        await this.#write(items.map(([, item]) => item));
      } catch (error) {
        this.#onError(error);
      }
    }
    this.#writing = undefined;
  }
}
