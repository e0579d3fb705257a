/** A part of something that has a length, such as an axis. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** What a range may be. */
export interface Bounds extends Range {
  /** No range is shorter, unless the bounds are. */
  readonly shortest: number;
}

/** A range so many times as long. `centre` stays where it is when it is inside, else the middle does. */
export function zoomed(range: Range, times: number, centre: number, bounds: Bounds): Range {
  const { from, to } = range;
  const length = to - from;
  const most = bounds.to - bounds.from;
  const size = Math.min(most, Math.max(bounds.shortest, length * times));
  const kept = centre >= from && centre <= to ? centre : (from + to) / 2;
  const start = kept - (length === 0 ? 0.5 : (kept - from) / length) * size;
  return within({ from: start, to: start + size }, bounds);
}

/** A range moved by so much, as far as there is something. */
export function moved({ from, to }: Range, by: number, bounds: Range): Range {
  return within({ from: from + by, to: to + by }, bounds);
}

function within({ from, to }: Range, bounds: Range): Range {
  const size = to - from;
  const start = Math.max(bounds.from, Math.min(bounds.to - size, from));
  return { from: start, to: start + size };
}
