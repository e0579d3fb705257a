import { type Signal, signal } from '@preact/signals';
import type { RunInfo, RunList } from '../../../runtime.ts';
import { isMissing, runtime } from '../api.ts';
import { onChange } from '../changes.ts';

/** How a run came out of the one above it. */
type Kinship = 'root' | 'child' | 'fork';

/** A run in its family. */
export interface Relative {
  readonly runId: string;
  readonly kinship: Kinship;
  /** undefined: not known yet. null: it was deleted. */
  readonly run: RunInfo | null | undefined;
}

/** What came out of one run, as far as it was asked for. */
export interface Offspring {
  readonly relatives: readonly Relative[];
  /** Where the next page of each kind begins; null: that was all. */
  readonly cursors: Readonly<Record<'child' | 'fork', string | null>>;
  readonly isAsking: boolean;
  /** Something was answered at least once. */
  readonly isKnown: boolean;
  readonly error: unknown;
}

const NONE: Offspring = {
  relatives: [],
  cursors: { child: null, fork: null },
  isAsking: false,
  isKnown: false,
  error: undefined,
};

const BOTH = ['child', 'fork'] as const;
const PAGE = 50;
/** Generations that are gone up at most: further up is a link away. */
const MOST_UP = 30;

/** The family of a run: up to the first of it, and down as far as somebody has opened it. Kept up to date. */
export class Family {
  /** The way from the first of the family down to the run itself; empty until it is known. */
  readonly line: Signal<readonly Relative[]> = signal([]);
  readonly error: Signal<unknown> = signal(undefined);
  /** There are more generations above than were gone up. */
  readonly isCutAbove = signal(false);
  readonly #runId: string;
  readonly #offspring = new Map<string, Signal<Offspring>>();
  readonly #unlisten: () => void;
  #isClosed = false;

  constructor(runId: string) {
    this.#runId = runId;
    this.#unlisten = onChange((change) => {
      if (change.kind === 'missed') void this.again();
      else if (change.kind === 'gone') this.#learn(change.runId, null);
      else this.#changed(change.run);
    });
    void this.#goUp();
  }

  close(): void {
    this.#isClosed = true;
    this.#unlisten();
  }

  /** What came out of a run; nothing is asked by looking at it. */
  of(runId: string): Signal<Offspring> {
    const known = this.#offspring.get(runId) ?? signal(NONE);
    this.#offspring.set(runId, known);
    return known;
  }

  /** Asks for what came out of a run, unless that is known. */
  async open(runId: string): Promise<void> {
    const { isKnown, isAsking } = this.of(runId).peek();
    if (!isKnown && !isAsking) await this.#ask(runId, BOTH);
  }

  /** Asks for one page more of those kinds that have one. */
  async more(runId: string): Promise<void> {
    const { cursors, isAsking } = this.of(runId).peek();
    const kinds = BOTH.filter((kind) => cursors[kind] !== null);
    if (!isAsking) await this.#ask(runId, kinds);
  }

  /** Asks anew for everything that is open. */
  async again(): Promise<void> {
    const opened = [...this.#offspring].filter(([, { value }]) => value.isKnown);
    await this.#goUp();
    for (const [runId, offspring] of opened) {
      offspring.value = { ...offspring.peek(), cursors: NONE.cursors };
      await this.#ask(runId, BOTH);
    }
  }

  async #goUp(): Promise<void> {
    try {
      const line: Relative[] = [];
      let runId: string | undefined = this.#runId;
      while (runId !== undefined && line.length < MOST_UP) {
        const run: RunInfo | null = await infoOrGone(runId);
        line.unshift({ runId, kinship: kinshipOf(run), run });
        runId = run === null ? undefined : aboveOf(run);
      }
      if (this.#isClosed) return;
      this.isCutAbove.value = runId !== undefined;
      this.line.value = line;
      this.error.value = undefined;
      // The run, and who is beside it.
      for (const { runId } of line) void this.open(runId);
    } catch (error) {
      if (!this.#isClosed) this.error.value = error;
    }
  }

  async #ask(runId: string, kinds: readonly ('child' | 'fork')[]): Promise<void> {
    const offspring = this.of(runId);
    offspring.value = { ...offspring.peek(), isAsking: true };
    try {
      const pages = await Promise.all(
        kinds.map(async (kind) => {
          const cursor = offspring.peek().cursors[kind];
          const page: RunList = await runtime.list({
            order: 'oldest',
            ...(kind === 'child' ? { parentRunId: runId } : { forkedFrom: runId }),
            limit: PAGE,
            ...(cursor !== null && { cursor }),
          });
          return { kind, page, isWhole: cursor === null && page.nextCursor === null };
        }),
      );
      if (this.#isClosed) return;
      const before = offspring.peek();
      const cursors = { ...before.cursors };
      // What is in no complete list any more was deleted.
      const isGone = ({ kinship }: Relative): boolean =>
        pages.some(({ kind, isWhole }) => isWhole && kind === kinship);
      const found = before.relatives.filter((relative) => !isGone(relative));
      for (const { kind, page } of pages) {
        cursors[kind] = page.nextCursor;
        found.push(
          ...page.runs
            .toReversed()
            .map((run) => ({ runId: run.snapshot.runId, kinship: kind, run }) as const),
        );
      }
      const relatives = inOrder(found);
      offspring.value = { relatives, cursors, isAsking: false, isKnown: true, error: undefined };
    } catch (error) {
      if (!this.#isClosed) offspring.value = { ...offspring.peek(), isAsking: false, error };
    }
  }

  #changed(run: RunInfo): void {
    const { runId, parentRunId, forkedFrom } = run.snapshot;
    this.#learn(runId, run);
    this.#join(parentRunId, { runId, kinship: 'child', run });
    this.#join(forkedFrom?.runId ?? null, { runId, kinship: 'fork', run });
  }

  /** A run that is new joins those that are shown beneath another. */
  #join(above: string | null, relative: Relative): void {
    const offspring = above === null ? undefined : this.#offspring.get(above);
    if (offspring === undefined) return;
    const { relatives, isKnown } = offspring.peek();
    if (!isKnown || relatives.some(({ runId }) => runId === relative.runId)) return;
    offspring.value = { ...offspring.peek(), relatives: inOrder([...relatives, relative]) };
  }

  #learn(runId: string, run: RunInfo | null): void {
    const learned = (relatives: readonly Relative[]): readonly Relative[] =>
      relatives.map((one) => (one.runId === runId ? { ...one, run } : one));
    const has = (relatives: readonly Relative[]): boolean =>
      relatives.some((one) => one.runId === runId);
    if (has(this.line.peek())) this.line.value = learned(this.line.peek());
    for (const offspring of this.#offspring.values()) {
      const { relatives } = offspring.peek();
      if (has(relatives)) offspring.value = { ...offspring.peek(), relatives: learned(relatives) };
    }
  }
}

function aboveOf({ snapshot: { parentRunId, forkedFrom } }: RunInfo): string | undefined {
  return parentRunId ?? forkedFrom?.runId;
}

function kinshipOf(run: RunInfo | null): Kinship {
  if (run === null || aboveOf(run) === undefined) return 'root';
  return run.snapshot.parentRunId === null ? 'fork' : 'child';
}

/** The oldest first, each once. */
function inOrder(relatives: readonly Relative[]): readonly Relative[] {
  const each = new Map(relatives.map((relative) => [relative.runId, relative]));
  const createdAtMs = ({ run }: Relative): number => run?.snapshot.createdAtMs ?? 0;
  return [...each.values()].sort((a, b) => createdAtMs(a) - createdAtMs(b));
}

async function infoOrGone(runId: string): Promise<RunInfo | null> {
  try {
    return await runtime.info(runId);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
