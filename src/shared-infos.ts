import type { Clock } from './actors/index.ts';
import { deepFreeze } from './json.ts';
import type { RunInfo } from './runtime.ts';

type Read = (runId: string) => Promise<RunInfo>;

/** What is told of a run besides its record, such as whether its owner lives, is never older than this, in milliseconds. */
const FRESH_MS = 1_000;

/**
 * Runs as they are, for several readers that ask at about the same time: each is read once, until it changes
 * or a second has passed. What they get is frozen, as they share it.
 */
export class SharedInfos {
  readonly #clock: Clock;
  readonly #reader: () => Read;
  #infos = new Map<string, Promise<RunInfo>>();
  #read: Read | undefined;
  #sinceMs = 0;

  /** `reader` is called for each new second: what it answers may remember what it has asked. */
  constructor(clock: Clock, reader: () => Read) {
    this.#clock = clock;
    this.#reader = reader;
  }

  /** These have changed: whoever asks from now on gets what they are then. */
  forget(runIds: readonly string[]): void {
    for (const runId of runIds) this.#infos.delete(runId);
  }

  of(runId: string): Promise<RunInfo> {
    const reading = this.#refreshed();
    const infos = this.#infos;
    const known = infos.get(runId);
    if (known !== undefined) return known;
    const info = reading(runId).then(deepFreeze);
    infos.set(runId, info);
    // An error is for those who asked; the next one asks again.
    info.catch(() => {
      if (infos.get(runId) === info) infos.delete(runId);
    });
    return info;
  }

  #refreshed(): Read {
    const nowMs = this.#clock.now();
    if (this.#read !== undefined && Math.abs(nowMs - this.#sinceMs) < FRESH_MS) return this.#read;
    this.#infos = new Map();
    this.#sinceMs = nowMs;
    this.#read = this.#reader();
    return this.#read;
  }
}
