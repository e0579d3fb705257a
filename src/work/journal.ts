import { AsyncLocalStorage } from 'node:async_hooks';
import { after, type Clock } from '../actors/index.ts';
import { RunchartError } from '../errors.ts';
import type { Entry, EntryKind, Outcome } from './history.ts';

/**
 * How long code may ask for nothing while something waits for it to, in milliseconds; after that it is
 * held to be other code than the log was written by. What runs between two steps is not seen from here
 * and may take its time where branches run side by side; code that did one thing after the other has
 * nothing else to do.
 */
const SILENCE_MS = { oneByOne: 3_000, sideBySide: 10_000 };

/** Somebody who waits, and the entry that it is about. */
interface Held {
  readonly entry: Entry;
  readonly pass: () => void;
  readonly refuse: (error: unknown) => void;
}

/** A new result, and its place in the log. */
interface Live extends Held {
  readonly seq: number;
}

export interface JournalOptions {
  readonly runId: string;
  readonly attempt: number;
  readonly clock: Clock;
  readonly silenceMs?: number;
  /** The code is not the one that the log was written by. Called once. */
  readonly onChanged: (error: RunchartError) => void;
}

/**
 * Holds code that runs again to what it did before.
 *
 * Each thing that the code asks for has an id: its name, and which time it is asked for. Ids mean the
 * same thing again only if the code asks in the same order, so the order of the log is kept:
 *
 * - Something may begin when all that had ended before it was asked for.
 * - A remembered result is given when all that had begun before it ended was asked for, in the order
 *   in which the results came the first time, one per turn of the event loop. So branches that run
 *   side by side get on in the same order as before, whoever of them is faster now.
 * - Something new begins when all that the log has was asked for.
 * - A new result is given when all remembered ones were, in the order of the log too, one per turn: what
 *   is recorded together would otherwise get on in an order that no later attempt knows of.
 *
 * Code that is the same gets there by itself. Of code that does not, steps were renamed, removed or
 * moved: that is found out before anything new is done.
 */
export class Journal {
  /** The step whose code is running, through all that it awaits. */
  readonly scope = new AsyncLocalStorage<string>();
  readonly #options: JournalOptions;
  readonly #entries: Map<string, Entry>;
  /** What the log has and the code has not asked for. */
  readonly #missing = new Set<Entry>();
  readonly #byStart: Cursor;
  readonly #byEnd: Cursor;
  /** Remembered results in the order in which they are given. */
  readonly #next: Cursor;
  readonly #given = new Set<Entry>();
  /** Given before, and asked for again by a step that is tried again. */
  readonly #again: Entry[] = [];
  readonly #silenceMs: number;
  readonly #inside = new Map<string, Entry[]>();
  readonly #counts = new Map<string | undefined, Map<string, number>>();
  #starts: Held[] = [];
  readonly #results = new Map<Entry, Held[]>();
  /** In order of `seq`. */
  readonly #live: Live[] = [];
  #turn: NodeJS.Immediate | undefined;
  #endSilence: () => void = () => {};
  #closed: unknown;

  constructor(entries: Map<string, Entry>, options: JournalOptions) {
    this.#options = options;
    this.#entries = entries;
    const all = [...entries.values()];
    const isMissing = (entry: Entry): boolean => this.#missing.has(entry);
    const started = all.toSorted((a, b) => a.startedAt - b.startedAt);
    this.#silenceMs =
      options.silenceMs ?? SILENCE_MS[isSideBySide(started) ? 'sideBySide' : 'oneByOne'];
    this.#byStart = new Cursor(started, isMissing);
    const ended = all.toSorted((a, b) => a.endedAt - b.endedAt);
    this.#byEnd = new Cursor(ended, isMissing);
    this.#next = new Cursor(ended, (entry) => isMissing(entry) || this.#results.has(entry));
    for (const entry of all) {
      this.#missing.add(entry);
      this.#file(entry);
    }
  }

  /** Everything that began before that place in the log counts as asked for: its code does not run again. */
  skipTo(at: number): void {
    for (const entry of this.#entries.values()) {
      if (entry.startedAt >= at) continue;
      this.#missing.delete(entry);
      this.number(nameOf(entry), entry.within);
    }
  }

  /** Which time something is asked for by that name. */
  number(name: string, within?: string): number {
    const counts = this.#counts.get(within) ?? new Map<string, number>();
    this.#counts.set(within, counts);
    const occurrence = (counts.get(name) ?? 0) + 1;
    counts.set(name, occurrence);
    return occurrence;
  }

  /**
   * Asks for something by name; which time it is asked for counts from the call on. Resolves when it is
   * its turn: to be given, if it has an outcome, else to begin. Rejects with DEFINITION_CHANGED when
   * that cannot come.
   */
  ask(kind: EntryKind, name: string): Promise<Entry> {
    const within = this.scope.getStore();
    const occurrence = this.number(name, within);
    // A name that ends like a number of ours is numbered from the first time on.
    const own = occurrence === 1 && !NUMBER.test(name) ? name : `${name}#${occurrence}`;
    return this.take(kind, within === undefined ? own : `${within}${INSIDE}${own}`, within);
  }

  /** Asks for something by its id. */
  async take(kind: EntryKind, id: string, within?: string): Promise<Entry> {
    if (this.#closed !== undefined) throw this.#closed;
    const entry = this.#entries.get(id) ?? this.#add(kind, id, within);
    if (entry.kind !== kind) {
      const error = this.#changed(
        `the code asks for ${kind} "${id}" where the log has ${entry.kind} "${id}"`,
      );
      this.#giveUp(error);
      throw error;
    }
    this.#asked(entry);
    const isRemembered = entry.outcome !== undefined && entry.startedAt !== Infinity;
    const turn = isRemembered ? this.#toBeGiven(entry) : this.#toBegin(entry);
    this.#move();
    await turn;
    return entry;
  }

  /**
   * Remembers how something ended, for the rest of this attempt; it MUST be recorded by then, under that
   * `seq`. Resolves when the code may hear of it.
   */
  async settle(id: string, outcome: Outcome, seq: number): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    entry.outcome = outcome;
    if (this.#closed !== undefined) throw this.#closed;
    await new Promise<void>((pass, refuse) => {
      const before = this.#live.findLastIndex((live) => live.seq <= seq);
      this.#live.splice(before + 1, 0, { entry, seq, pass, refuse });
      this.#move();
    });
  }

  /** A step is tried (again): its code asks for everything anew, and what failed inside it may be done again. */
  reopen(stepId: string): void {
    this.#counts.delete(stepId);
    for (const entry of this.#inside.get(stepId) ?? []) {
      // An interrupt that nobody answered in time stays unanswered.
      if (entry.kind === 'step' && entry.outcome?.ok === false) {
        delete entry.outcome;
        entry.tries = 0;
      }
    }
  }

  /** The code has ended: throws DEFINITION_CHANGED if the log has something that it did not ask for. */
  finish(): void {
    const missing = this.#byStart.first;
    if (missing === undefined) return;
    throw this.#changed(
      `the log has "${missing.id}", which the code did not ask for before it ended`,
    );
  }

  /** Nothing is answered any more: the attempt has ended, and what still runs is not part of it. */
  close(reason: unknown): void {
    this.#closed ??= reason;
    this.#endSilence();
    clearImmediate(this.#turn);
    const held = [...this.#starts, ...this.#live, ...[...this.#results.values()].flat()];
    for (const { refuse } of held) refuse(reason);
  }

  #add(kind: EntryKind, id: string, within: string | undefined): Entry {
    const entry: Entry = { id, kind, within, startedAt: Infinity, endedAt: Infinity, tries: 0 };
    this.#entries.set(id, entry);
    this.#file(entry);
    return entry;
  }

  #file(entry: Entry): void {
    if (entry.within === undefined) return;
    const siblings = this.#inside.get(entry.within) ?? [];
    siblings.push(entry);
    this.#inside.set(entry.within, siblings);
  }

  #asked(entry: Entry): void {
    this.#missing.delete(entry);
    // The code of a step that is remembered does not run: what it asked for is not asked for again.
    if (entry.outcome === undefined) return;
    for (const inner of this.#inside.get(entry.id) ?? []) this.#asked(inner);
  }

  #toBegin(entry: Entry): Promise<void> | undefined {
    if (this.#mayBegin(entry)) return undefined;
    return new Promise((pass, refuse) => {
      this.#starts.push({ entry, pass, refuse });
    });
  }

  #toBeGiven(entry: Entry): Promise<void> {
    return new Promise((pass, refuse) => {
      const held = this.#results.get(entry) ?? [];
      held.push({ entry, pass, refuse });
      this.#results.set(entry, held);
      if (this.#given.has(entry)) this.#again.push(entry);
    });
  }

  #mayBegin({ kind, startedAt }: Entry): boolean {
    // An output that was refused is not in the log, and is refused again.
    if (kind === 'output' && startedAt === Infinity) return true;
    const missing = this.#byEnd.first;
    return missing === undefined || (startedAt !== Infinity && missing.endedAt > startedAt);
  }

  /** Lets pass whoever may. */
  #move(): void {
    if (this.#closed !== undefined) return;
    this.#starts = this.#starts.filter((held) => {
      const may = this.#mayBegin(held.entry);
      if (may) held.pass();
      return !may;
    });
    // The code goes on with what it was given before it is given more.
    if (this.#isNextReady() || this.#isLiveReady()) {
      this.#turn ??= setImmediate(() => this.#give());
    }
    this.#listen();
  }

  #isLiveReady(): boolean {
    return this.#live.length > 0 && this.#missing.size === 0 && this.#results.size === 0;
  }

  #isNextReady(): boolean {
    if (this.#again.length > 0) return true;
    const next = this.#next.first;
    if (next === undefined || !this.#results.has(next)) return false;
    const missing = this.#byStart.first;
    return missing === undefined || missing.startedAt >= next.endedAt;
  }

  #give(): void {
    this.#turn = undefined;
    if (!this.#isNextReady()) {
      if (!this.#isLiveReady()) return;
      this.#live.shift()?.pass();
      this.#move();
      return;
    }
    const entry = this.#again.shift() ?? this.#next.first;
    if (entry === undefined) return;
    this.#given.add(entry);
    const held = this.#results.get(entry) ?? [];
    this.#results.delete(entry);
    for (const { pass } of held) pass();
    this.#move();
  }

  /** Gives the code time to ask for something while anything waits for it. */
  #listen(): void {
    this.#endSilence();
    const waiting = this.#starts.length + this.#live.length + this.#results.size;
    if (waiting === 0 || this.#turn !== undefined) return;
    this.#endSilence = after(this.#options.clock, this.#silenceMs, () => this.#fallSilent());
  }

  #fallSilent(): void {
    const missing = this.#byStart.first;
    if (missing === undefined) return;
    const [asked] = [...this.#starts.map(({ entry }) => entry), ...this.#results.keys()];
    this.#giveUp(
      this.#changed(
        asked === undefined
          ? `the code does not ask for "${missing.id}", which the log has`
          : `the code asks for "${asked.id}" where the log has "${missing.id}"`,
      ),
    );
  }

  #giveUp(error: RunchartError): void {
    this.close(error);
    this.#options.onChanged(error);
  }

  #changed(what: string): RunchartError {
    const { runId, attempt } = this.#options;
    return new RunchartError(
      'DEFINITION_CHANGED',
      `Run ${runId}, attempt ${attempt}: ${what}. The definition has changed since; give it another ` +
        '"version", and keep the one that the run began with for it.',
    );
  }
}

/** True when the log has two things under way at once. */
function isSideBySide(byStart: readonly Entry[]): boolean {
  const outer = byStart.filter(({ within }) => within === undefined);
  return outer.some(({ endedAt }, i) => endedAt > (outer[i + 1]?.startedAt ?? Infinity));
}

/** Entries in an order, and the first of them that still counts; what counts no more never does again. */
class Cursor {
  readonly #entries: readonly Entry[];
  readonly #counts: (entry: Entry) => boolean;
  #at = 0;

  constructor(entries: readonly Entry[], counts: (entry: Entry) => boolean) {
    this.#entries = entries;
    this.#counts = counts;
  }

  get first(): Entry | undefined {
    let entry = this.#entries[this.#at];
    while (entry !== undefined && !this.#counts(entry)) {
      this.#at += 1;
      entry = this.#entries[this.#at];
    }
    return entry;
  }
}

/** Between the id of a step and those of what its code asks for. Names MUST NOT contain it. */
export const INSIDE = ' > ';

const NUMBER = /#\d+$/u;

/** The name in an id: what occurrences are counted by. */
function nameOf({ id, within }: Entry): string {
  const own = within === undefined ? id : id.slice(within.length + INSIDE.length);
  return own.replace(NUMBER, '');
}
