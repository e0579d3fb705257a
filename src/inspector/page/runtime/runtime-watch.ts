import { type Signal, signal } from '@preact/signals';
import { isRunchartError } from '../../../errors.ts';
import type { RuntimeReport, RuntimeStats } from '../../../runtime.ts';
import { runtime } from '../api.ts';
import { type StatsSample, withStats } from './stats-history.ts';

/** What is known of the runtime behind the server. */
export interface Watched {
  readonly stats: RuntimeStats | undefined;
  readonly samples: readonly StatsSample[];
  readonly report: RuntimeReport | undefined;
  readonly statsError: unknown;
  readonly reportError: unknown;
  /** The server is older than this page, and does not tell. */
  readonly isUntold: boolean;
}

/** How often the runtime is asked what it does, in milliseconds: it reads no run for that. */
const STATS_MS = 1_000;
/** How often the store is asked how it is, in milliseconds: it counts all runs for that. */
const REPORT_MS = 10_000;

/** Looks at the runtime as long as the page is seen. */
export class RuntimeWatch {
  readonly watched: Signal<Watched> = signal({
    stats: undefined,
    samples: [],
    report: undefined,
    statsError: undefined,
    reportError: undefined,
    isUntold: false,
  });
  readonly #timers = new Set<ReturnType<typeof setInterval>>();
  readonly #onVisible = (): void => {
    if (document.visibilityState === 'visible') this.again();
  };
  readonly #asking = new Set<string>();
  #isClosed = false;

  constructor() {
    this.#timers.add(setInterval(() => void this.#askStats(), STATS_MS));
    this.#timers.add(setInterval(() => void this.#askReport(), REPORT_MS));
    document.addEventListener('visibilitychange', this.#onVisible);
    this.again();
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) clearInterval(timer);
    document.removeEventListener('visibilitychange', this.#onVisible);
  }

  again(): void {
    void this.#askStats();
    void this.#askReport();
  }

  async #askStats(): Promise<void> {
    if (this.watched.peek().isUntold) return;
    await this.#ask('stats', async () => {
      const stats = await runtime.stats();
      const { samples, stats: before } = this.watched.peek();
      return { stats, samples: withStats(samples, before, stats), statsError: undefined };
    });
  }

  async #askReport(): Promise<void> {
    await this.#ask('report', async () => ({
      report: await runtime.diagnose(),
      reportError: undefined,
    }));
  }

  /** Never twice at once: a server that is slow to answer is not asked the more. */
  async #ask(what: 'stats' | 'report', ask: () => Promise<Partial<Watched>>): Promise<void> {
    if (document.visibilityState === 'hidden' || this.#asking.has(what)) return;
    this.#asking.add(what);
    try {
      this.#set(await ask());
    } catch (error) {
      if (what === 'report') this.#set({ reportError: error });
      else this.#set({ statsError: error, isUntold: isUntold(error) });
    } finally {
      this.#asking.delete(what);
    }
  }

  #set(changes: Partial<Watched>): void {
    if (!this.#isClosed) this.watched.value = { ...this.watched.peek(), ...changes };
  }
}

function isUntold(error: unknown): boolean {
  return isRunchartError(error, 'ROUTE_UNKNOWN');
}
