import { isRunchartError } from '../errors.ts';
import type { RunRecord } from '../stores/index.ts';
import { AppendMeter } from './append-meter.ts';
import type { Begun } from './begin-attempt.ts';
import type { Clock } from './clock.ts';
import type { Appended } from './committer.ts';
import type { SupervisorStats } from './stats.ts';
import type { Tap } from './signals.ts';

/** Counts what a supervisor does, and tells it to those who listen. The counts are kept in any case. */
export class Ledger {
  readonly #tap: Tap;
  readonly #clock: Clock;
  // By the time of the system: the caller's clock is asked when somebody wants to know.
  readonly #startMs = performance.now();
  readonly #meter = new AppendMeter(() => performance.now());
  readonly #recovery = { sweeps: 0, recovered: 0, abandoned: 0 };
  #statusMs = this.#startMs;

  constructor(clock: Clock, tap: Tap) {
    this.#clock = clock;
    this.#tap = tap;
  }

  statusChanged(): void {
    this.#statusMs = performance.now();
  }

  opened(location: string): void {
    const durationMs = performance.now() - this.#startMs;
    this.#tap?.({ type: 'runtime.opened', location, durationMs });
  }

  appended(appended: Appended): void {
    this.#meter.add(appended);
    if (this.#tap === undefined) return;
    const { error, ...about } = appended;
    this.#tap({ type: 'append', ...about, ...(error && { error: toFault(error.cause) }) });
  }

  begun({ runId, owner }: RunRecord, { snapshot, epoch, cause }: Begun): void {
    if (cause === 'crashed') this.#recovery.recovered += 1;
    if (this.#tap === undefined) return;
    const { definition, attempt } = snapshot;
    const about = { runId, definition, attempt, epoch, cause, fromOwner: owner };
    this.#tap({ type: 'attempt.begun', ...about });
  }

  abandoned({ runId, owner }: RunRecord): void {
    this.#recovery.abandoned += 1;
    this.#tap?.({ type: 'run.abandoned', runId, fromOwner: owner });
  }

  left({ runId, owner }: RunRecord, why: string): void {
    this.#tap?.({ type: 'run.left', runId, owner, why });
  }

  swept(sweep: { readonly durationMs: number; readonly queued: number }): void {
    this.#recovery.sweeps += 1;
    this.#tap?.({ type: 'recovery.swept', ...sweep });
  }

  read(): Pick<SupervisorStats, 'statusSinceMs' | 'createdAtMs' | 'appends' | 'recovery'> {
    const startMs = this.#clock.now() - performance.now();
    return {
      statusSinceMs: Math.round(startMs + this.#statusMs),
      createdAtMs: Math.round(startMs + this.#startMs),
      appends: this.#meter.read(),
      recovery: { ...this.#recovery },
    };
  }
}

/** What an error says, as data. */
function toFault(error: unknown): { readonly code: string; readonly message: string } {
  const message = error instanceof Error ? error.message : String(error);
  return { code: isRunchartError(error) ? error.code : 'UNKNOWN', message };
}
