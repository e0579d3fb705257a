import { RunchartError } from '../errors.ts';
import type { OutputRecord, OutputStore } from '../stores/index.ts';

/** How one output comes about that may have been given out before. */
export interface Remembering {
  readonly key: string;
  /** Stores the record, or answers the one that was stored before. */
  store(): Promise<OutputRecord>;
  /** Records the event that tells of it. */
  tell(record: OutputRecord): Promise<unknown>;
}

/**
 * Gives each output out once, however often the code that does so runs: the one of an earlier attempt,
 * or of an earlier try of a step, is answered instead. `known` answers ids of outputs in the log, by key.
 */
export class RememberedOutputs {
  readonly #store: OutputStore;
  readonly #known: (key: string) => string | undefined;
  /** By key, the ids of what this attempt gave out itself. */
  readonly #given = new Map<string, Promise<string>>();
  /** Tasks that have their final: the store would take another one for a new attempt. */
  readonly #closed = new Set<string>();

  constructor(store: OutputStore, known: (key: string) => string | undefined) {
    this.#store = store;
    this.#known = known;
  }

  /** The output that was given out under a key before; undefined when none was. */
  async recall(key: string): Promise<OutputRecord | undefined> {
    const id = this.#known(key) ?? (await this.#given.get(key));
    return id === undefined ? undefined : this.#note(await this.#store.get(id));
  }

  async give({ key, store, tell }: Remembering): Promise<OutputRecord> {
    const giving = (async () => {
      const record = this.#note(await store());
      await tell(record);
      return record;
    })();
    const id = giving.then((record) => record.id);
    // Whoever gives it out hears of a failure below; nobody else may be waiting.
    id.catch(() => {});
    this.#given.set(key, id);
    try {
      return await giving;
    } catch (error) {
      if (this.#given.get(key) === id) this.#given.delete(key);
      throw error;
    }
  }

  /** Throws ATTEMPT_CLOSED when a task has its final, from this attempt or one before. */
  checkOpen(taskId: string): void {
    if (!this.#closed.has(taskId)) return;
    throw new RunchartError(
      'ATTEMPT_CLOSED',
      `Task ${taskId} has its final output already; give out one only.`,
    );
  }

  #note(record: OutputRecord): OutputRecord {
    if (record.event.type === 'final') this.#closed.add(record.taskId);
    return record;
  }
}
