import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { Appended } from './committer.ts';

/** Appends of a runtime: since it was opened, and how long they took lately. */
export interface AppendStats {
  /** Writes that reached the store, those that failed counted too. */
  readonly batches: number;
  readonly commits: number;
  readonly events: number;
  /** Characters of JSON. */
  readonly bytes: number;
  /** Writes that the store rejected. */
  readonly failures: number;
  /** Commits that the store refused: somebody else wrote first, or the run is not there. */
  readonly refused: number;
  /** Commits per write, since the runtime was opened; null before the first. */
  readonly batchSize: { readonly mean: number; readonly max: number } | null;
  /**
   * Milliseconds that the writes of the last 30 to 60 seconds took, failed ones too; precise to two digits.
   * null: there were none.
   */
  readonly latency: {
    readonly count: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
    readonly maxMs: number;
  } | null;
}

/** Half of what is looked back on, in milliseconds: the older half goes as a whole. */
const HALF_MS = 30_000;
/** Microseconds: an hour. Whatever takes longer counts as that. */
const MAX_US = 3_600_000_000;

/** Counts appends. Costs a few additions and one entry of a histogram per batch, whatever is in it. */
export class AppendMeter {
  readonly #now: () => number;
  #batches = 0;
  #commits = 0;
  #events = 0;
  #bytes = 0;
  #failures = 0;
  #refused = 0;
  #maxBatch = 0;
  #recent = histogram();
  #before = histogram();
  #recentSinceMs: number;

  /** `now` answers milliseconds that never go back. */
  constructor(now: () => number) {
    this.#now = now;
    this.#recentSinceMs = now();
  }

  add({ commits, events, bytes, durationMs, refused, error }: Appended): void {
    this.#batches += 1;
    this.#commits += commits;
    this.#events += events;
    this.#bytes += bytes;
    this.#refused += refused;
    if (error !== undefined) this.#failures += 1;
    if (commits > this.#maxBatch) this.#maxBatch = commits;
    this.#turn();
    this.#recent.record(Math.min(MAX_US, Math.max(1, Math.round(durationMs * 1000))));
  }

  read(): AppendStats {
    this.#turn();
    const lately = histogram();
    lately.add(this.#recent);
    lately.add(this.#before);
    return {
      batches: this.#batches,
      commits: this.#commits,
      events: this.#events,
      bytes: this.#bytes,
      failures: this.#failures,
      refused: this.#refused,
      batchSize:
        this.#batches === 0 ? null : { mean: this.#commits / this.#batches, max: this.#maxBatch },
      latency:
        lately.count === 0
          ? null
          : {
              count: lately.count,
              p50Ms: lately.percentile(50) / 1000,
              p99Ms: lately.percentile(99) / 1000,
              maxMs: lately.max / 1000,
            },
    };
  }

  /** Lets go of what is too old. */
  #turn(): void {
    const ageMs = this.#now() - this.#recentSinceMs;
    if (ageMs < HALF_MS) return;
    const old = this.#before;
    this.#before = this.#recent;
    this.#recent = old;
    this.#recent.reset();
    if (ageMs >= 2 * HALF_MS) this.#before.reset();
    this.#recentSinceMs += Math.floor(ageMs / HALF_MS) * HALF_MS;
  }
}

function histogram(): RecordableHistogram {
  return createHistogram({ lowest: 1, highest: MAX_US, figures: 2 });
}
