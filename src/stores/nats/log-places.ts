import type { RunHead } from './run-message.ts';

interface Place {
  readonly first: number;
  readonly seq: number;
}

/** Of how many runs, and how many of each. */
const MAX_RUNS = 1_000;
const MAX_PLACES = 512;

/**
 * Where in the stream events are that were read before, so that a page that follows another one is found at once.
 * Messages never move; those of an earlier run of the same id lie before its position.
 */
export class LogPlaces {
  readonly #runs = new Map<string, Place[]>();

  add({ run, first, seq }: RunHead): void {
    const { runId } = run;
    const places = this.#runs.get(runId) ?? [];
    this.#runs.delete(runId);
    this.#runs.set(runId, places);
    const at = places.findLastIndex((place) => place.seq <= seq);
    if (places[at]?.seq !== seq) places.splice(at + 1, 0, { first, seq });
    if (places.length > MAX_PLACES) places.splice(0, places.length, ...thinned(places));
    if (this.#runs.size <= MAX_RUNS) return;
    for (const oldest of this.#runs.keys()) {
      this.#runs.delete(oldest);
      break;
    }
  }

  /** The message that begins with this event. */
  get(head: RunHead, first: number): number | undefined {
    const place = this.before(head, first);
    return place?.first === first ? place.seq : undefined;
  }

  /** The last one known that begins with this event or an earlier one. */
  before({ run, position, cutSeq }: RunHead, first: number): Place | undefined {
    return this.#runs
      .get(run.runId)
      ?.findLast((place) => place.first <= first && place.first > cutSeq && place.seq >= position);
  }
}

/** Every second one, and the last. */
function thinned(places: readonly Place[]): readonly Place[] {
  return places.filter((_, n) => n % 2 === 0 || n === places.length - 1);
}
