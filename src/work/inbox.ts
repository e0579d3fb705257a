import type { Json } from '../json.ts';
import type { Envelope } from '../machines/index.ts';
import { type History, type Outcome, outcomeOf } from './history.ts';

/** The events of a run after `afterSeq`, until the signal is aborted. */
export type Follow = (afterSeq: number, signal: AbortSignal) => AsyncIterable<Envelope>;

/** What comes to a run from outside while its code waits: answers to interrupts, and signals. */
export class Inbox {
  readonly #follow: Follow;
  readonly #signals: Json[];
  /** When each of them was sent. */
  readonly #times: number[];
  readonly #answers = new Map<string, Outcome>();
  readonly #stop = new AbortController();
  #changed = Promise.withResolvers<void>();
  #isFollowing = false;
  #fault: unknown;
  #seenSeq: number;

  constructor(follow: Follow, history: Pick<History, 'lastSeq' | 'signals' | 'signalTimes'>) {
    this.#follow = follow;
    this.#signals = [...history.signals];
    this.#times = [...history.signalTimes];
    this.#seenSeq = history.lastSeq;
  }

  /** Everything up to here was looked at. */
  get seenSeq(): number {
    return this.#seenSeq;
  }

  /** Resolves when the interrupt is settled. */
  async answer(interruptId: string, signal: AbortSignal): Promise<Outcome> {
    for (;;) {
      const outcome = this.#answers.get(interruptId);
      if (outcome !== undefined) return outcome;
      await this.#change(signal);
    }
  }

  /** Resolves with what was sent to the run as number `index`, counted from 0. */
  async signal(index: number, signal: AbortSignal): Promise<Json> {
    for (;;) {
      const sent = this.#signals[index];
      if (sent !== undefined) return sent;
      await this.#change(signal);
    }
  }

  /** The same without waiting, with the instant of its sending; undefined when it has not come. */
  received(index: number): { readonly signal: Json; readonly atMs: number } | undefined {
    const signal = this.#signals[index];
    return signal === undefined ? undefined : { signal, atMs: this.#times[index] ?? 0 };
  }

  /** Begins to look, if it has not yet. */
  watch(): void {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    void this.#read();
  }

  /** Nobody waits any more. */
  end(): void {
    this.#stop.abort();
  }

  async #change(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#fault !== undefined) throw this.#fault;
    this.watch();
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => aborted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([this.#changed.promise, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #read(): Promise<void> {
    try {
      for await (const { seq, event, emittedAtMs } of this.#follow(
        this.#seenSeq,
        this.#stop.signal,
      )) {
        this.#seenSeq = seq;
        if (event.type === 'signal.received') {
          this.#signals.push((event['signal'] ?? null) as Json);
          this.#times.push(emittedAtMs);
        } else if (event.type === 'interrupt.resolved') {
          this.#answers.set(String(event['interruptId']), outcomeOf(event));
        } else continue;
        this.#tell();
      }
    } catch (error) {
      this.#fault = error;
      this.#isFollowing = false;
      this.#tell();
    }
  }

  #tell(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    resolve();
  }
}
