/**
 * What a write takes at first, in milliseconds, as measured with one server and `sync_interval: always`: alone, if it
 * does not wait for the one before it, and a batch of many, whose pieces the server keeps in files of their own meanwhile.
 */
const FIRST_ALONE_MS = 0.2;
const FIRST_BATCH_MS = 12;
/** How much one measurement counts. */
const WEIGHT = 1 / 16;
/** One that is longer than what is known by this factor counts as this: a disk has its moments. */
const MOST = 4;
/** What is not done is believed to get cheaper by this factor each time, so that it is tried again now and then. */
const FORGETTING = 0.999;

/**
 * Learns from how many writes on one batch is sooner done than as many writes on their own, sent one behind the
 * other. That depends on the disk, and on how many servers there are: from 10 to 100.
 */
export class BatchGain {
  #aloneMs = FIRST_ALONE_MS;
  #batchMs = FIRST_BATCH_MS;

  /** True: so many writes go as a batch. */
  pays(writes: number): boolean {
    return writes > 1 && writes * this.#aloneMs > this.#batchMs;
  }

  /** So many writes on their own took so long, together. */
  tookAlone(writes: number, ms: number): void {
    this.#aloneMs = learned(this.#aloneMs, ms / writes);
    this.#batchMs *= FORGETTING;
  }

  tookAsBatch(ms: number): void {
    this.#batchMs = learned(this.#batchMs, ms);
    this.#aloneMs *= FORGETTING;
  }
}

function learned(knownMs: number, ms: number): number {
  return knownMs + WEIGHT * (Math.min(ms, MOST * knownMs) - knownMs);
}
