import { type Signal, signal } from '@preact/signals';
import type { RunStatus } from '../../../machines/run-status.ts';
import type { RunChange, RunInfo } from '../../../runtime.ts';
import { runtime } from '../api.ts';
import { onChange } from '../changes.ts';
import { standingOf } from './standing.ts';

/** What stands above every list of runs: how many there are, and which of them need somebody. */
export interface Summary {
  readonly counts: Readonly<Record<RunStatus, number>> | undefined;
  readonly attention: readonly RunInfo[];
  /** There are more than are shown. */
  readonly hasMore: boolean;
}

/** At most so many need to be seen at once. */
const SHOWN = 12;
/** However much changes, runs are counted so often. */
const COUNT_MS = 1_000;
/** The server looks through the active runs for this, so it is asked less often; changes tell the rest at once. */
const LOOK_MS = 10_000;

export class RunsSummary {
  readonly summary: Signal<Summary> = signal({ counts: undefined, attention: [], hasMore: false });
  readonly #unlisten: () => void;
  readonly #looking: ReturnType<typeof setInterval>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor() {
    this.#unlisten = onChange((change) => this.#take(change));
    // Silence is no change, and what was silent too long needs somebody.
    this.#looking = setInterval(() => void this.#look(), LOOK_MS);
    void this.#count();
    void this.#look();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearInterval(this.#looking);
    this.#unlisten();
  }

  #take(change: RunChange): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#count();
    }, COUNT_MS);
    if (change.kind === 'missed') return void this.#look();
    const runId = change.kind === 'gone' ? change.runId : change.run.snapshot.runId;
    const { attention } = this.summary.peek();
    const at = attention.findIndex(({ snapshot }) => snapshot.runId === runId);
    const needed = change.kind === 'changed' && needsSomebody(change.run) ? change.run : undefined;
    if (at === -1 && needed === undefined) return;
    const others = at === -1 ? attention : attention.toSpliced(at, 1);
    if (needed === undefined) this.#set({ attention: others });
    else if (at >= 0) this.#set({ attention: attention.with(at, needed) });
    else
      this.#set({
        attention: [needed, ...attention].slice(0, SHOWN),
        ...(attention.length >= SHOWN && { hasMore: true }),
      });
  }

  #set(changes: Partial<Summary>): void {
    if (!this.#isClosed) this.summary.value = { ...this.summary.peek(), ...changes };
  }

  // The list below tells what is wrong; these figures stay as they were.
  async #count(): Promise<void> {
    await runtime.counts().then(
      (counts) => this.#set({ counts }),
      () => undefined,
    );
  }

  async #look(): Promise<void> {
    if (document.visibilityState === 'hidden') return;
    const looking = runtime.list({ needsAttention: true, limit: SHOWN });
    await looking.then(
      ({ runs, nextCursor }) => this.#set({ attention: runs, hasMore: nextCursor !== null }),
      () => undefined,
    );
  }
}

function needsSomebody(run: RunInfo): boolean {
  const kind = standingOf(run)?.kind;
  return kind !== undefined && kind !== 'asleep';
}
