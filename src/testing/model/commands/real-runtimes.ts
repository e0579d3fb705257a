import {
  createRuntime,
  type Envelope,
  type Run,
  type Runtime,
  type Stores,
} from '../../../index.ts';
import { type HeldDispatch, heldDispatch } from './held-dispatch.ts';
import type { ModelDriver, Via } from './model-world.ts';
import { modelWork } from './model-work.ts';

export interface CommandsOptions {
  /**
   * Stores over one place, which is empty at first: called for each of two runtimes, and again when one
   * is opened anew. May answer the same object each time if that can be opened more than once.
   */
  readonly stores: () => Stores;
}

interface Opened {
  readonly runtime: Runtime;
  readonly dispatch: HeldDispatch;
}

/** Somebody who follows a run, and what they have got so far. */
export interface Follower {
  readonly runId: string;
  readonly via: Via;
  readonly afterSeq: number;
  readonly got: Envelope[];
  readonly ended: Promise<void>;
  readonly stop: AbortController;
}

/** Two runtimes over one place, and the handles that were got from them. */
export class RealRuntimes {
  /** The id that the next run gets, in both: the model says so. */
  nextRunId = '';
  readonly followers: Follower[] = [];
  /** Faults that the runtimes told of. */
  readonly faults: unknown[] = [];
  readonly #stores: () => Stores;
  readonly #opened: Opened[] = [];
  readonly #cut = new Set<Follower>();
  readonly #drivers = new Map<string, { readonly run: Run; readonly driver: ModelDriver }[]>();

  constructor({ stores }: CommandsOptions) {
    this.#stores = stores;
  }

  static async open(options: CommandsOptions, owners: readonly string[]): Promise<RealRuntimes> {
    const real = new RealRuntimes(options);
    for (const owner of owners) real.#opened.push(await real.#create(owner));
    return real;
  }

  runtime(via: Via): Runtime {
    return this.#at(via).runtime;
  }

  /** Resolves when the work on the run has ended. */
  drive(via: Via, runId: string): Promise<unknown> {
    return this.#at(via).dispatch.drive(runId);
  }

  keep(run: Run, driver: ModelDriver): void {
    this.#drivers.set(run.id, [...(this.#drivers.get(run.id) ?? []), { run, driver }]);
  }

  /** The handle that a driver of the model stands for. */
  handle(runId: string, driver: ModelDriver): Run {
    const found = this.#drivers.get(runId)?.find((each) => each.driver === driver);
    if (found === undefined) throw new TypeError(`Expected a driver's handle of ${runId}`);
    return found.run;
  }

  async reopen(via: Via, owner: string): Promise<void> {
    for (const follower of this.followers) if (follower.via === via) this.#cut.add(follower);
    await this.runtime(via).close();
    this.#opened[via] = await this.#create(owner);
  }

  /** True for somebody whose runtime was closed: they got what there was until then, or less. */
  isCut(follower: Follower): boolean {
    return this.#cut.has(follower);
  }

  /** Stores over the place, for looking at what is there; the caller opens and closes them. */
  stores(): Stores {
    return this.#stores();
  }

  async close(): Promise<void> {
    for (const { stop } of this.followers) stop.abort();
    await Promise.all(this.followers.map(({ ended }) => ended));
    for (const { runtime } of this.#opened) await runtime.close();
  }

  async #create(owner: string): Promise<Opened> {
    const dispatch = heldDispatch();
    const runtime = await createRuntime({
      stores: this.#stores(),
      dispatch,
      definitions: [modelWork],
      // The model says who takes what over.
      recovery: 'leave',
      ids: { run: () => this.nextRunId, owner: () => owner },
      onError: (error) => this.faults.push(error),
    });
    return { runtime, dispatch };
  }

  #at(via: Via): Opened {
    const opened = this.#opened[via];
    if (opened === undefined) throw new TypeError(`Expected runtime ${via} to be open`);
    return opened;
  }
}
