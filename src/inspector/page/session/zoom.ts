import { moved, type Range, zoomed } from '../parts/time/range.ts';
import { lengthOf, type TimeSpan } from '../parts/time/time-span.ts';

/** Which time is shown: all of it, the last milliseconds up to now, or a window that somebody chose. */
export type Zoom =
  | { readonly kind: 'fit' }
  | { readonly kind: 'last'; readonly ms: number }
  | ({ readonly kind: 'window' } & TimeSpan);

export const FIT: Zoom = { kind: 'fit' };

/** From what stands in the address; anything else is all of the time. */
export function parseZoom(text: string | null): Zoom {
  const last = /^last-(\d{1,13})$/.exec(text ?? '');
  if (last !== null && Number(last[1]) > 0) return { kind: 'last', ms: Number(last[1]) };
  const window = /^(\d{1,16})-(\d{1,16})$/.exec(text ?? '');
  if (window === null) return FIT;
  const [fromMs, toMs] = [Number(window[1]), Number(window[2])];
  return toMs > fromMs ? { kind: 'window', fromMs, toMs } : FIT;
}

/** As it stands in the address; undefined: not at all. */
export function zoomText(zoom: Zoom): string | undefined {
  if (zoom.kind === 'fit') return undefined;
  if (zoom.kind === 'last') return `last-${zoom.ms}`;
  return `${Math.round(zoom.fromMs)}-${Math.round(zoom.toMs)}`;
}

/** The shortest time that can be shown, in milliseconds. */
const SHORTEST_MS = 20;

/** The window that a zoom shows. `all` is the time of everything there is. */
export function windowOf(zoom: Zoom, all: TimeSpan, nowMs: number): TimeSpan {
  if (zoom.kind === 'window') return zoom;
  if (zoom.kind === 'last') return { fromMs: nowMs - zoom.ms, toMs: nowMs };
  return { fromMs: all.fromMs, toMs: Math.max(all.toMs, all.fromMs + SHORTEST_MS) };
}

/** Windows of time. */
const EVER = { from: 0, to: Number.POSITIVE_INFINITY, shortest: SHORTEST_MS };

/** A window so many times as long as another, in which `aroundMs` stays where it is. */
export function zoomedTo(window: TimeSpan, times: number, aroundMs: number): Zoom {
  return windowZoom(zoomed(rangeOf(window), times, aroundMs, EVER));
}

/** A window moved by a part of its length: earlier when that is below 0. */
export function movedBy(window: TimeSpan, part: number): Zoom {
  return windowZoom(moved(rangeOf(window), lengthOf(window) * part, EVER));
}

function rangeOf({ fromMs, toMs }: TimeSpan): Range {
  return { from: fromMs, to: toMs };
}

function windowZoom({ from, to }: Range): Zoom {
  return { kind: 'window', fromMs: Math.round(from), toMs: Math.round(to) };
}
