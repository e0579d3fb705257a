import type { ModelRun } from '../contract/model-run.ts';
import { ModelStore } from '../contract/model-store.ts';

/** Which of the two runtimes that share the stores. */
export type Via = 0 | 1;

/** The commands drive a run by code only when it is new. */
const FIRST_ATTEMPT = 1;

/** A handle that drives, or drove, a run. */
export interface ModelDriver {
  readonly via: Via;
  readonly epoch: number;
}

/** What the model knows beside the runs: who is there, and who does what. */
export class ModelWorld {
  readonly store = new ModelStore();
  /** The owners that the runtimes are, now. */
  readonly owners: [string, string] = ['owner_1', 'owner_2'];
  /** The checkpoint of each run that has one. */
  readonly checkpoints = new Set<string>();
  /** How many commands of each kind were done. */
  readonly done = new Map<string, number>();
  readonly #drivers = new Map<string, ModelDriver[]>();
  readonly #working = new Map<string, ModelDriver>();
  #opened = 2;

  /**
   * True when no older run of its session keeps its turn: one of a definition that is not over, unless it is one
   * that this runtime has not begun itself, or that was left behind and nobody is to go on with.
   */
  isTurnOf({ runId, sessionId }: ModelRun, via: Via): boolean {
    const { runs } = this.store;
    const older = runs.slice(
      0,
      runs.findIndex((run) => run.runId === runId),
    );
    return (
      sessionId === runId ||
      older.every((run) => run.sessionId !== sessionId || run.isOver || this.#keepsNoTurn(run, via))
    );
  }

  #keepsNoTurn({ owner, facts }: ModelRun, via: Via): boolean {
    if (facts.definition === null) return true;
    if (owner === this.owners[via]) return facts.attempt === 0;
    if (owner === null) return facts.waiting?.parked === 'released';
    return !this.owners.includes(owner);
  }

  counts(kind: string): void {
    this.done.set(kind, (this.done.get(kind) ?? 0) + 1);
  }

  /** The run that a number stands for, whatever was left out before by shrinking. */
  pick(number: number): ModelRun {
    const { runs } = this.store;
    const run = runs[number % runs.length];
    if (run === undefined) throw new TypeError('Expected a run to pick, got none');
    return run;
  }

  get hasRuns(): boolean {
    return this.store.runs.length > 0;
  }

  get nextRunId(): string {
    return `run_${this.store.runs.length + 1}`;
  }

  /** The handles that were handed out for driving a run, the last one first. */
  driversOf(runId: string): readonly ModelDriver[] {
    return (this.#drivers.get(runId) ?? []).toReversed();
  }

  drives(runId: string, driver: ModelDriver): void {
    this.#drivers.set(runId, [...(this.#drivers.get(runId) ?? []), driver]);
  }

  works(runId: string, driver: ModelDriver): void {
    this.#working.set(runId, driver);
  }

  /** A runtime closes, letting go of what it works on, and another one is opened in its place. */
  reopen(via: Via): string {
    for (const [runId, drivers] of this.#drivers) {
      this.#drivers.set(
        runId,
        drivers.filter((driver) => driver.via !== via),
      );
    }
    for (const [runId, driver] of this.#working) {
      if (driver.via !== via) continue;
      this.#working.delete(runId);
      const run = this.store.find(runId);
      if (run !== undefined && !run.isOver && run.facts.epoch === driver.epoch)
        run.release(FIRST_ATTEMPT);
    }
    this.#opened += 1;
    this.owners[via] = `owner_${this.#opened}`;
    return this.owners[via];
  }
}
