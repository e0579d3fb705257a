import type { Envelope } from '../../../machines/index.ts';
import type { LogModel } from './log-model.ts';

export interface EventFilter {
  /** Occurs in the payload, whatever its case. */
  readonly text: string;
  /** The first word of types, such as `step`; empty: all. */
  readonly kind: string;
  readonly onlyLate: boolean;
}

export const EVERYTHING: EventFilter = { text: '', kind: '', onlyLate: false };

export function isEverything({ text, kind, onlyLate }: EventFilter): boolean {
  return text === '' && kind === '' && !onlyLate;
}

/** Milliseconds of one slice of a search: the page stays smooth meanwhile. */
const SLICE_MS = 12;

/**
 * The places in the log of the events that fit, found in slices. `onFound` hears of them as they are
 * found; the search ends when the log does, or when `signal` is aborted.
 */
export async function findEvents(
  { events }: LogModel,
  filter: EventFilter,
  {
    signal,
    onFound,
  }: {
    readonly signal: AbortSignal;
    readonly onFound: (places: readonly number[]) => void;
  },
): Promise<void> {
  const text = filter.text.toLowerCase();
  let found: number[] = [];
  let sliceEndMs = performance.now() + SLICE_MS;
  for (let place = 0; place < events.length; place += 1) {
    const envelope = events[place] as Envelope;
    if (fits(envelope, filter, text)) found.push(place);
    if (place % 32 !== 0 || performance.now() < sliceEndMs) continue;
    onFound(found);
    found = [];
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (signal.aborted) return;
    sliceEndMs = performance.now() + SLICE_MS;
  }
  onFound(found);
}

function fits({ event, late }: Envelope, { kind, onlyLate }: EventFilter, text: string): boolean {
  if (onlyLate && !late) return false;
  if (kind !== '' && event.type !== kind && !event.type.startsWith(`${kind}.`)) return false;
  return text === '' || JSON.stringify(event).toLowerCase().includes(text);
}
