import { type Signal, signal } from '@preact/signals';
import type { RunStatus } from '../../../machines/run-status.ts';
import type { RunInfo } from '../../../runtime.ts';
import { runtime } from '../api.ts';
import { onChange } from '../changes.ts';

/** What stands above every list of runs: how many there are, and which of them need somebody. */
export interface Summary {
  readonly counts: Readonly<Record<RunStatus, number>> | undefined;
  readonly attention: readonly RunInfo[];
  /** There are more than are shown. */
  readonly hasMore: boolean;
}

/** At most so many need to be seen at once. */
const SHOWN = 12;
/** However much changes, it is asked for so often. */
const EVERY_MS = 1_000;

export class RunsSummary {
  readonly summary: Signal<Summary> = signal({ counts: undefined, attention: [], hasMore: false });
  readonly #unlisten: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor() {
    this.#unlisten = onChange(() => this.#soon());
    void this.#ask();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#unlisten();
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#ask();
    }, EVERY_MS);
  }

  async #ask(): Promise<void> {
    try {
      const [counts, page] = await Promise.all([
        runtime.counts(),
        runtime.list({ needsAttention: true, limit: SHOWN }),
      ]);
      if (this.#isClosed) return;
      const { runs, nextCursor } = page;
      this.summary.value = { counts, attention: runs, hasMore: nextCursor !== null };
    } catch {
      // The list below tells what is wrong; these figures stay as they were.
    }
  }
}
