/**
 * What writing takes at first, in milliseconds, as measured with one server and `sync_interval: always`: a message
 * that does not wait for the one before it, and a batch, whose pieces the server keeps in files of their own meanwhile.
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
 * Learns from how many messages on one batch is sooner done than as many messages on their own, sent one behind the
 * other. That depends on the disk, and on how many servers there are: from 10 to 100.
 */
export class BatchGain {
  #aloneMs = FIRST_ALONE_MS;
  #batchMs = FIRST_BATCH_MS;

  /** True: so many messages go as a batch. */
  pays(messages: number): boolean {
    return messages > 1 && messages * this.#aloneMs > this.#batchMs;
  }

  /** So many messages on their own took so long, together. */
  tookAlone(messages: number, ms: number): void {
    this.#aloneMs = learned(this.#aloneMs, ms / messages);
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
