import type { RunchartErrorCode } from '../../../index.ts';
import { type ModelCreation, ModelRun } from './model-run.ts';
import type { RunFacts } from './run-facts.ts';

/** What a list is asked for; a member that is absent matches all. */
export type ModelFilter = Partial<
  Pick<RunFacts, 'status' | 'sessionId' | 'definition'> & { readonly forkedFrom: string }
>;

export type ModelCreated =
  | { readonly run: ModelRun; readonly isRepeat: boolean }
  | { readonly refused: RunchartErrorCode };

/** All runs of a store, by the words of the contract. */
export class ModelStore {
  /** In order of creation. */
  readonly runs: ModelRun[] = [];
  readonly #keys = new Map<string, ModelRun>();

  find(runId: string): ModelRun | undefined {
    return this.runs.find((run) => run.runId === runId);
  }

  /** The key is looked up first: a repeat is answered also where the id is taken. */
  create(creation: ModelCreation, key?: string): ModelCreated {
    const first = key === undefined ? undefined : this.#keys.get(key);
    if (first !== undefined) return { run: first, isRepeat: true };
    if (this.find(creation.runId) !== undefined) return { refused: 'RUN_EXISTS' };
    const run = new ModelRun(creation);
    this.runs.push(run);
    if (key !== undefined) this.#keys.set(key, run);
    return { run, isRepeat: false };
  }

  /** Newest first. */
  list({ status, sessionId, definition, forkedFrom }: ModelFilter = {}): readonly ModelRun[] {
    return this.runs
      .filter(
        ({ facts }) =>
          (status === undefined || facts.status === status) &&
          (sessionId === undefined || facts.sessionId === sessionId) &&
          (definition === undefined || facts.definition === definition) &&
          (forkedFrom === undefined || facts.forkedFrom?.runId === forkedFrom),
      )
      .toReversed();
  }
}
