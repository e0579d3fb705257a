/** Runs that are remembered: about 200 bytes each. */
const MAX_KNOWN = 10_000;

interface Known {
  readonly lastSeq: number;
  readonly head: string | null;
}

/**
 * The hashes of the last events that were written or seen here. They may be outdated: who writes on top of
 * one MUST compare it with what is stored.
 */
export class ChainHeads {
  readonly #known = new Map<string, Known>();
  readonly #keepsAll: boolean;

  /** `keepsAll`: runs without a chain are remembered as such, else they are what is taken for granted. */
  constructor(keepsAll: boolean) {
    this.#keepsAll = keepsAll;
  }

  /** The hash of event `seq`; null: the run has no chain; undefined: it is not known. */
  at(runId: string, seq: number): string | null | undefined {
    const known = this.#known.get(runId);
    return known?.lastSeq === seq ? known.head : undefined;
  }

  remember(runId: string, lastSeq: number, head: string | null): void {
    if (head === null && !this.#keepsAll) {
      this.#known.delete(runId);
      return;
    }
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(runId, { lastSeq, head });
  }
}
