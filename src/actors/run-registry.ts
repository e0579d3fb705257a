import { isTerminal } from '../machines/index.ts';
import type { RunActor } from './run-actor.ts';

/** Idle run actors that are kept. One takes about 5 KB with its chart, and costs about 30 µs to bring back. */
const MAX_IDLE_ACTORS = 10_000;

/**
 * The run actors of a supervisor, in order of use. A run that is over is forgotten; of the idle ones
 * those used last are kept. Correctness does not rest on it: an actor that comes back reads the store.
 */
export class RunRegistry {
  readonly #actors = new Map<string, RunActor>();
  readonly #pinned: (runId: string) => boolean;

  /** `pinned` runs are kept however long they are idle. */
  constructor(pinned: (runId: string) => boolean) {
    this.#pinned = pinned;
  }

  get size(): number {
    return this.#actors.size;
  }

  get(runId: string): RunActor | undefined {
    return this.#actors.get(runId);
  }

  /** Keeps an actor, unless the run has one. Answers the one that is kept. */
  keep(actor: RunActor): RunActor {
    const known = this.#actors.get(actor.runId);
    if (known !== undefined) return known;
    this.#actors.set(actor.runId, actor);
    return actor;
  }

  /** Called whenever an actor has nothing left to do. */
  rest(actor: RunActor): void {
    const { runId, snapshot } = actor;
    if (this.#actors.get(runId) !== actor) return;
    this.#actors.delete(runId);
    if (snapshot === undefined || isTerminal(snapshot.status)) return;
    // It waits for something from outside, for years perhaps.
    if (snapshot.waiting?.parked != null && !this.#pinned(runId)) return actor.releaseChart();
    this.#actors.set(runId, actor);
    if (this.#actors.size > MAX_IDLE_ACTORS) this.#dropOldest();
  }

  clear(): void {
    for (const actor of this.#actors.values()) actor.releaseChart();
    this.#actors.clear();
  }

  #dropOldest(): void {
    for (const [runId, actor] of this.#actors) {
      if (!actor.idle || this.#pinned(runId)) continue;
      actor.releaseChart();
      this.#actors.delete(runId);
      return;
    }
  }
}
