import type { RunInfo } from '../../index.ts';

/** Rows that a page key goes. */
const PAGE = 10;
const MOVES: ReadonlyMap<string, number> = new Map(
  Object.entries({
    up: -1,
    k: -1,
    down: 1,
    j: 1,
    pageup: -PAGE,
    pagedown: PAGE,
    home: -Infinity,
    g: -Infinity,
    end: Infinity,
    'shift-g': Infinity,
  }),
);

/** Which run of a list is selected: the same one while the list moves. */
export interface Selection {
  /** Its place in the list; 0 in an empty one. */
  at(runs: readonly RunInfo[]): number;
  /** Takes a key that moves it. Answers whether it was one. */
  key(key: string, runs: readonly RunInfo[]): boolean;
}

export function createSelection(): Selection {
  /** undefined until somebody selects: until then it is the first one, whichever that is. */
  let chosen: string | undefined;
  let place = 0;
  const at = (runs: readonly RunInfo[]): number => {
    const found = runs.findIndex(({ snapshot }) => snapshot.runId === chosen);
    if (chosen === undefined) return 0;
    // A run that went away leaves its place to the one that is there now.
    place = found === -1 ? Math.max(0, Math.min(place, runs.length - 1)) : found;
    chosen = runs[place]?.snapshot.runId ?? chosen;
    return place;
  };
  return {
    at,
    key: (key, runs) => {
      const by = MOVES.get(key);
      if (by === undefined) return false;
      place = Math.max(0, Math.min(at(runs) + by, runs.length - 1));
      chosen = runs[place]?.snapshot.runId;
      return true;
    },
  };
}
