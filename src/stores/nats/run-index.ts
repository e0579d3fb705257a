import { checkLimit, parseCursor } from '../check-query.ts';
import { compareDue, duePage, type DueRun, parseDueCursor } from '../due-order.ts';
import type { CountQuery, DueQuery, RunQuery, RunRecord } from '../event-store.ts';
import { matches } from '../memory/match-run.ts';
import { originsOf } from '../memory/memory-run.ts';
import { type GoneRun, isGone, type RunHead } from './run-message.ts';

/** A page of heads; their snapshots are in the stream. */
export interface HeadPage {
  readonly heads: readonly RunHead[];
  readonly nextCursor: string | null;
}

interface Entry {
  head: RunHead;
}

/** How many forgotten runs are remembered, so that what comes late does not bring one back. */
const MAX_GONE = 10_000;

/**
 * The heads of all runs in the memory of this process. It knows nothing of its own: messages may come in any
 * order, and more than once; the last one of a run counts.
 */
export class RunIndex {
  readonly #entries = new Map<string, Entry>();
  /** By position. */
  readonly #inOrder: Entry[] = [];
  readonly #unowned = new Set<Entry>();
  readonly #owned = new Map<string, number>();
  readonly #comingFrom = new Map<string, Entry[]>();
  readonly #gone = new Map<string, number>();
  /** Those of them that nobody here has cleared away. */
  readonly #left = new Map<string, number>();

  get size(): number {
    return this.#entries.size;
  }

  get(runId: string): RunHead | undefined {
    return this.#entries.get(runId)?.head;
  }

  /** The forks of a run. */
  forksOf(runId: string): readonly RunHead[] {
    const origins = originsOf({ forkedFrom: runId });
    return origins.flatMap((origin) =>
      (this.#comingFrom.get(origin) ?? []).map(({ head }) => head),
    );
  }

  /** Takes in a message; answers whether it was news. */
  apply(news: RunHead | GoneRun): boolean {
    return isGone(news) ? this.#remove(news) : this.#put(news);
  }

  list({ limit, cursor, order = 'newest', ...filter }: RunQuery): HeadPage {
    checkLimit(limit);
    const after = cursor === undefined ? undefined : parseCursor(cursor);
    const heads: RunHead[] = [];
    const [origin] = originsOf(filter);
    const entries = origin === undefined ? this.#inOrder : (this.#comingFrom.get(origin) ?? []);
    const step = order === 'newest' ? -1 : 1;
    let at =
      order === 'newest'
        ? placeOf(entries, after ?? Infinity) - 1
        : placeOf(entries, (after ?? 0) + 1);
    for (; entries[at] !== undefined && heads.length < limit; at += step) {
      const head = entries[at]?.head;
      if (head !== undefined && matches(asRecord(head), filter)) heads.push(head);
    }
    const next = entries[at];
    return { heads, nextCursor: next === undefined ? null : String(next.head.position - step) };
  }

  countByStatus(query: CountQuery): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { head } of this.#inOrder) {
      const { status } = head.run;
      if (matches(asRecord(head), query)) counts[status] = (counts[status] ?? 0) + 1;
    }
    return counts;
  }

  due({ atMs, afterMs, definitions, limit, cursor }: DueQuery): HeadPage {
    checkLimit(limit);
    const after = parseDueCursor(cursor, afterMs);
    const wanted = new Set<string | null>(definitions);
    // The first ones alone, and one more that tells of another page: there may be very many.
    const found: DueRun[] = [];
    for (const { head } of this.#unowned) {
      const wakeAtMs = head.run.wakeAtMs ?? 0;
      if (wakeAtMs > atMs || !wanted.has(head.run.definition)) continue;
      const run = { wakeAtMs, run: head.position, record: asRecord(head) };
      if (compareDue(run, after) <= 0) continue;
      const last = found.at(-1);
      if (found.length > limit && last !== undefined && compareDue(run, last) > 0) continue;
      const at = found.findLastIndex((other) => compareDue(other, run) < 0) + 1;
      found.splice(at, 0, run);
      if (found.length > limit + 1) found.pop();
    }
    const { runs, nextCursor } = duePage(found, after, limit);
    return { heads: runs.flatMap(({ runId }) => this.get(runId) ?? []), nextCursor };
  }

  /** Runs of which something may be left though they are gone. */
  goneRuns(): readonly GoneRun[] {
    return [...this.#left].map(([runId, seq]) => ({ runId, seq, isGone: true }));
  }

  /** Nothing is left of it. */
  finished({ runId, seq }: GoneRun): void {
    if (this.#left.get(runId) === seq) this.#left.delete(runId);
  }

  owners(): readonly string[] {
    return [...this.#owned.keys()];
  }

  #put(head: RunHead): boolean {
    const { runId } = head.run;
    if (head.seq < (this.#gone.get(runId) ?? 0)) return false;
    const entry = this.#entries.get(runId);
    if (entry === undefined) {
      this.#add({ head });
      return true;
    }
    if (head.seq <= entry.head.seq) return false;
    if (head.position !== entry.head.position) {
      this.#drop(entry);
      this.#add({ head });
      return true;
    }
    this.#count(entry.head.run.owner, -1);
    entry.head = head;
    this.#place(entry);
    return true;
  }

  #remove({ runId, seq }: GoneRun): boolean {
    this.#gone.delete(runId);
    this.#gone.set(runId, seq);
    this.#left.set(runId, seq);
    if (this.#gone.size > MAX_GONE) {
      for (const oldest of this.#gone.keys()) {
        this.#gone.delete(oldest);
        break;
      }
    }
    const entry = this.#entries.get(runId);
    if (entry === undefined || entry.head.seq > seq) return false;
    this.#drop(entry);
    return true;
  }

  #add(entry: Entry): void {
    const { run } = entry.head;
    this.#entries.set(run.runId, entry);
    insert(this.#inOrder, entry);
    for (const origin of originsOf(run)) {
      const others = this.#comingFrom.get(origin) ?? [];
      insert(others, entry);
      this.#comingFrom.set(origin, others);
    }
    this.#place(entry);
  }

  #drop(entry: Entry): void {
    const { run } = entry.head;
    this.#entries.delete(run.runId);
    take(this.#inOrder, entry);
    for (const origin of originsOf(run)) {
      const others = this.#comingFrom.get(origin) ?? [];
      take(others, entry);
      if (others.length === 0) this.#comingFrom.delete(origin);
    }
    this.#count(run.owner, -1);
    this.#unowned.delete(entry);
  }

  /** Among those with an owner, or those that wait for one. */
  #place(entry: Entry): void {
    const { owner, wakeAtMs } = entry.head.run;
    this.#count(owner, 1);
    if (owner === null && wakeAtMs !== null) this.#unowned.add(entry);
    else this.#unowned.delete(entry);
  }

  #count(owner: string | null, change: number): void {
    if (owner === null) return;
    const runs = (this.#owned.get(owner) ?? 0) + change;
    if (runs === 0) this.#owned.delete(owner);
    else this.#owned.set(owner, runs);
  }
}

/** No query looks at a snapshot. */
function asRecord({ run }: RunHead): RunRecord {
  return run as RunRecord;
}

/** Where an entry with this position is, or would be. */
function placeOf(entries: readonly Entry[], position: number): number {
  let low = 0;
  let high = entries.length;
  // Mostly it is asked for the end.
  if ((entries.at(-1)?.head.position ?? 0) < position) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.head.position ?? 0) < position) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insert(entries: Entry[], entry: Entry): void {
  const at = placeOf(entries, entry.head.position);
  if (at === entries.length) entries.push(entry);
  else entries.splice(at, 0, entry);
}

function take(entries: Entry[], entry: Entry): void {
  const at = placeOf(entries, entry.head.position);
  if (entries[at] === entry) entries.splice(at, 1);
}
