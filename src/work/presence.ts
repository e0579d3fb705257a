import { after, type Clock } from '../actors/index.ts';

/**
 * How long work has to be still before its run is parked, in milliseconds: what code does between two
 * calls of its context is not seen from here, and is given this long to get to the next one.
 */
const LINGER_MS = 50;

/**
 * Knows whether the code of a run is working or merely waiting for something from outside, so that a
 * run that only waits can be let go of.
 */
export class Presence {
  #working = 0;
  readonly #waits = new Set<{ readonly wakeAtMs: number | null }>();
  readonly #onStill: (wakeAtMs: number | null) => void;
  readonly #clock: Clock;
  #callOff: () => void = () => {};
  #isOver = false;

  /** `onStill` hears of work that only waits, and of the first instant that it waits for (null: none). */
  constructor(clock: Clock, onStill: (wakeAtMs: number | null) => void) {
    this.#clock = clock;
    this.#onStill = onStill;
  }

  /** The code works until the promise settles. */
  async working<T>(work: () => Promise<T>): Promise<T> {
    this.#working += 1;
    this.#callOff();
    try {
      return await work();
    } finally {
      this.#working -= 1;
      this.look();
    }
  }

  /** The code waits, until the promise settles or that instant comes. */
  async waiting<T>(wakeAtMs: number | null, wait: () => Promise<T>): Promise<T> {
    const entry = { wakeAtMs };
    this.#waits.add(entry);
    this.look();
    try {
      return await wait();
    } finally {
      this.#waits.delete(entry);
      this.look();
    }
  }

  /** Looks again whether there is anything but waiting. */
  look(): void {
    this.#callOff();
    if (this.#isOver || this.#working > 0 || this.#waits.size === 0) return;
    this.#callOff = after(this.#clock, LINGER_MS, () => {
      const instants = [...this.#waits].flatMap(({ wakeAtMs }) => wakeAtMs ?? []);
      this.#onStill(instants.length === 0 ? null : Math.min(...instants));
    });
  }

  end(): void {
    this.#isOver = true;
    this.#callOff();
  }
}
