import { type Signal, signal } from '@preact/signals';
import type { RunInfo } from '../../../runtime.ts';
import { runtime } from '../api.ts';
import { onChange } from '../changes.ts';
import { fits, listOptionsOf, type RunsFilter } from './filter.ts';

/** What a list of runs shows. */
export interface Listed {
  readonly runs: readonly RunInfo[];
  /** Where the next page begins; null: that was all. */
  readonly cursor: string | null;
  readonly isAsking: boolean;
  /** Something was answered at least once. */
  readonly isKnown: boolean;
  readonly error: unknown;
}

const PAGE = 100;
/** How many rows are read again at once, after changes were missed. */
const MOST_AGAIN = 500;

/** A list of runs by a filter, kept up to date as long as it is open. */
export class RunsList {
  readonly listed: Signal<Listed> = signal({
    runs: [],
    cursor: null,
    isAsking: true,
    isKnown: false,
    error: undefined,
  });
  readonly #filter: RunsFilter;
  readonly #unlisten: () => void;
  /** An answer to an older question is dropped. */
  #turn = 0;

  constructor(filter: RunsFilter) {
    this.#filter = filter;
    this.#unlisten = onChange((change) => {
      if (change.kind === 'missed') void this.again();
      else if (change.kind === 'gone') this.#drop(change.runId);
      else this.#take(change.run);
    });
    void this.again();
  }

  close(): void {
    this.#turn += 1;
    this.#unlisten();
  }

  /** Reads what is shown anew. */
  async again(): Promise<void> {
    const shown = Math.min(MOST_AGAIN, Math.max(PAGE, this.listed.peek().runs.length));
    await this.#ask(undefined, shown);
  }

  /** Shows one page more. */
  async more(): Promise<void> {
    const { cursor, isAsking } = this.listed.peek();
    if (cursor !== null && !isAsking) await this.#ask(cursor, PAGE);
  }

  async #ask(cursor: string | undefined, limit: number): Promise<void> {
    const turn = (this.#turn += 1);
    this.#set({ isAsking: true });
    try {
      const options = listOptionsOf(this.#filter, Date.now());
      const page = await runtime.list({
        ...options,
        limit,
        ...(cursor !== undefined && { cursor }),
      });
      if (turn !== this.#turn) return;
      const before = cursor === undefined ? [] : this.listed.peek().runs;
      this.#set({
        runs: unique([...before, ...page.runs]),
        cursor: page.nextCursor,
        isAsking: false,
        isKnown: true,
        error: undefined,
      });
    } catch (error) {
      if (turn === this.#turn) this.#set({ isAsking: false, error });
    }
  }

  #set(changes: Partial<Listed>): void {
    this.listed.value = { ...this.listed.peek(), ...changes };
  }

  #drop(runId: string): void {
    const { runs } = this.listed.peek();
    const left = runs.filter(({ snapshot }) => snapshot.runId !== runId);
    if (left.length < runs.length) this.#set({ runs: left });
  }

  #take(run: RunInfo): void {
    const { runs, isKnown } = this.listed.peek();
    const { runId, createdAtMs } = run.snapshot;
    const at = runs.findIndex(({ snapshot }) => snapshot.runId === runId);
    const isFitting = fits(run, this.#filter, Date.now());
    if (at >= 0) {
      if (isFitting) this.#set({ runs: runs.with(at, run) });
      else this.#drop(runId);
      return;
    }
    // Of a search the server is the judge, and an older run belongs to a page that is not shown yet.
    if (!isFitting || !isKnown || this.#filter.text !== '' || this.#filter.order === 'oldest')
      return;
    if (createdAtMs >= (runs[0]?.snapshot.createdAtMs ?? 0)) this.#set({ runs: [run, ...runs] });
  }
}

function unique(runs: readonly RunInfo[]): readonly RunInfo[] {
  const known = new Set<string>();
  return runs.filter(({ snapshot: { runId } }) => !known.has(runId) && known.add(runId));
}
