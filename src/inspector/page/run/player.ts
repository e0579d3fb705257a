import { signal } from '@preact/signals';
import type { RunStore } from './run-store.ts';

/** How fast a log is played: so many times real time, or so many events a second. */
export type Speed =
  | { readonly kind: 'time'; readonly times: number }
  | { readonly kind: 'events'; readonly perSecond: number };

export const SPEEDS: readonly { readonly name: string; readonly speed: Speed }[] = [
  { name: '1×', speed: { kind: 'time', times: 1 } },
  { name: '4×', speed: { kind: 'time', times: 4 } },
  { name: '20×', speed: { kind: 'time', times: 20 } },
  { name: '2 events/s', speed: { kind: 'events', perSecond: 2 } },
  { name: '10 events/s', speed: { kind: 'events', perSecond: 10 } },
  { name: '200 events/s', speed: { kind: 'events', perSecond: 200 } },
];

/** A time in which nothing happened is shortened to this, in milliseconds of playing: nobody watches a sleep. */
const LONGEST_WAIT_MS = 1_500;

/** Plays the log of a run as if it happened now. */
export class Player {
  readonly isPlaying = signal(false);
  readonly speed = signal(0);
  readonly #store: RunStore;
  #frame = 0;
  #beforeMs = 0;
  /** The instant of the log that playing has come to, in epoch milliseconds; or the event, as a fraction. */
  #position = 0;

  constructor(store: RunStore) {
    this.#store = store;
  }

  /** Plays from the moment that is shown, or from the beginning when that is the end. */
  play(): void {
    const { model, moment, lastSeq } = this.#store;
    if (this.isPlaying.value || lastSeq <= model.firstSeq) return;
    if (moment.value.seq >= lastSeq) this.#store.goTo(model.firstSeq);
    this.isPlaying.value = true;
    this.#restart();
    this.#frame = requestAnimationFrame((ms) => this.#tick(ms));
  }

  pause(): void {
    this.isPlaying.value = false;
    cancelAnimationFrame(this.#frame);
  }

  toggle(): void {
    if (this.isPlaying.value) this.pause();
    else this.play();
  }

  setSpeed(index: number): void {
    this.speed.value = index;
    this.#restart();
  }

  /** Goes to a moment, null to what happens now, and stops playing: a person has taken over. */
  goTo(seq: number | null): void {
    this.pause();
    this.#store.goTo(seq);
  }

  /** Moves by events, and stops playing. */
  step(by: number): void {
    const next = this.#store.moment.value.seq + by;
    this.goTo(next > this.#store.lastSeq ? null : next);
  }

  #restart(): void {
    const { seq, atMs } = this.#store.moment.value;
    this.#position = this.#current.kind === 'time' ? atMs : seq;
    this.#beforeMs = performance.now();
  }

  get #current(): Speed {
    return (SPEEDS[this.speed.value] ?? SPEEDS[0])?.speed as Speed;
  }

  #tick(ms: number): void {
    if (!this.isPlaying.value) return;
    const passedMs = Math.max(0, ms - this.#beforeMs);
    this.#beforeMs = ms;
    const { model, lastSeq, moment } = this.#store;
    const seq = this.#advance(passedMs);
    if (seq !== moment.value.seq) this.#store.goTo(seq);
    if (seq >= lastSeq || model.event(seq) === undefined) {
      this.pause();
      return;
    }
    this.#frame = requestAnimationFrame((next) => this.#tick(next));
  }

  #advance(passedMs: number): number {
    const { model, moment } = this.#store;
    const speed = this.#current;
    if (speed.kind === 'events') {
      this.#position += (passedMs * speed.perSecond) / 1_000;
      return Math.floor(this.#position);
    }
    this.#position += passedMs * speed.times;
    const next = model.event(moment.value.seq + 1);
    if (next !== undefined) {
      const leftMs = next.emittedAtMs - this.#position;
      if (leftMs > LONGEST_WAIT_MS * speed.times) {
        this.#position = next.emittedAtMs - LONGEST_WAIT_MS * speed.times;
      }
    }
    return Math.max(moment.value.seq, model.seqAtMs(this.#position));
  }
}
