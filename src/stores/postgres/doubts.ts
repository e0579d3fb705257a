import { RunchartError } from '../../errors.ts';

/**
 * Runs whose last append was not answered. Until it is certain that it was stored, or never will be, nobody
 * may look at them: what they would see could change behind their back.
 */
export class Doubts {
  readonly #runs = new Map<string, Promise<boolean>>();
  readonly #limitMs: number;

  /** `limitMs`: how long those who look wait. */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** The runs are in doubt until `settled` resolves with true. It MUST NOT reject. */
  add(runIds: Iterable<string>, settled: Promise<boolean>): void {
    for (const runId of runIds) {
      this.#runs.set(runId, settled);
      void settled.then((isSettled) => {
        if (isSettled && this.#runs.get(runId) === settled) this.#runs.delete(runId);
      });
    }
  }

  /** Resolves when none of these runs is in doubt; rejects with STORE_FAILED when that takes too long. */
  async over(runIds: Iterable<string>): Promise<void> {
    if (this.#runs.size === 0) return;
    for (const runId of runIds) {
      const settled = this.#runs.get(runId);
      if (settled === undefined) continue;
      const isSettled = await within(settled, this.#limitMs);
      if (isSettled) continue;
      throw new RunchartError(
        'STORE_FAILED',
        `Whether the last append to run ${runId} was stored cannot be found out yet: its connection was ` +
          `lost, and the server does not answer. Try again later.`,
      );
    }
  }
}

/** False when it takes longer. */
async function within(settled: Promise<boolean>, limitMs: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(resolve, limitMs, false);
  try {
    return await Promise.race([settled, late]);
  } finally {
    clearTimeout(timer);
  }
}
