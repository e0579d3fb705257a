import {
  type Envelope,
  foldEvent,
  isTerminal,
  type RunSnapshot,
  type RunStatus,
} from '../../../machines/index.ts';
import { countWhile } from '../parts/sorted.ts';
import { RunParts } from './run-parts.ts';

/** An event that moved the run from one status to another. */
export interface Move {
  readonly seq: number;
  readonly type: string;
  readonly from: RunStatus | null;
  readonly to: RunStatus;
}

/** Snapshots kept on the way: between two of them the log is folded again, which takes microseconds. */
const KEPT_EVERY = 256;

/**
 * The log of a run as the page has it, and what the run was at each point of it. Whatever is shown of a
 * moment is found here, so that scrubbing asks the server nothing.
 */
export class LogModel {
  readonly events: Envelope[] = [];
  readonly moves: Move[] = [];
  readonly parts = new RunParts();
  /** The snapshot after event `i * KEPT_EVERY`, from the first event on. */
  readonly #kept: RunSnapshot[] = [];
  /** The snapshot that a log builds on whose head was cut. */
  readonly #base: RunSnapshot | undefined;
  #last: RunSnapshot | undefined;

  constructor(base?: RunSnapshot) {
    this.#base = base;
    this.#last = base;
  }

  /** The `seq` of the first event that is kept; above 1 when the head of the log was cut. */
  get firstSeq(): number {
    return this.events[0]?.seq ?? (this.#base?.eventCount ?? 0) + 1;
  }

  /** The `seq` of the last event; 0 for an empty log. */
  get lastSeq(): number {
    return this.events.at(-1)?.seq ?? this.#base?.eventCount ?? 0;
  }

  /** Takes in what follows the last event. What is there already is skipped. */
  add(envelopes: readonly Envelope[]): void {
    for (const envelope of envelopes) {
      if (envelope.seq !== this.lastSeq + 1 && this.events.length > 0) continue;
      const before = this.#last;
      const after = foldEvent(before, envelope);
      this.#last = after;
      if (this.events.length % KEPT_EVERY === 0) this.#kept.push(after);
      this.events.push(envelope);
      if (before?.status !== after.status) {
        const { type } = envelope.event;
        this.moves.push({
          seq: envelope.seq,
          type,
          from: before?.status ?? null,
          to: after.status,
        });
      }
      this.parts.add(envelope);
    }
  }

  event(seq: number): Envelope | undefined {
    return this.events[seq - this.firstSeq];
  }

  /** What the run was after event `seq`; undefined before its first one. */
  at(seq: number): RunSnapshot | undefined {
    const index = Math.min(seq - this.firstSeq, this.events.length - 1);
    if (index < 0) return this.#base;
    const from = Math.floor(index / KEPT_EVERY);
    let snapshot = this.#kept[from];
    for (let next = from * KEPT_EVERY + 1; next <= index; next += 1) {
      snapshot = foldEvent(snapshot, this.events[next] as Envelope);
    }
    return snapshot;
  }

  /** The moves up to and including `seq`. */
  movesUntil(seq: number): readonly Move[] {
    return this.moves.slice(0, countUntil(this.moves, seq));
  }

  /** The last event at or before an instant, in epoch milliseconds. */
  seqAtMs(atMs: number): number {
    const { events } = this;
    const until = countWhile(events, ({ emittedAtMs }) => emittedAtMs <= atMs);
    return events[Math.max(0, until - 1)]?.seq ?? this.lastSeq;
  }

  /** The event that decided how the run ended; undefined while it is active. */
  get end(): Move | undefined {
    const last = this.moves.at(-1);
    return last !== undefined && isTerminal(last.to) ? last : undefined;
  }
}

/** How many of a list in order of `seq` stand at or before one. */
export function countUntil(list: readonly { readonly seq: number }[], seq: number): number {
  return countWhile(list, (one) => one.seq <= seq);
}
