import { hash } from 'node:crypto';
import type { StoredEvent } from './event-store.ts';

/**
 * The chain of a run: each of its events is kept with a hash over all that is stored of it and the hash of
 * the event before. So an event that is changed, taken out, put in or moved does not fit any more. It has no
 * secret: who can write to the store can make all hashes anew, but then the last one is another one than
 * was noted down elsewhere.
 */

/** What the first event of a run is chained to: a log that is moved to another run does not fit. */
export function chainStart(runId: string): string {
  return hash('sha256', `runchart chain 1\n${runId}`);
}

/** The hash of an event behind the one whose hash is `before`; lower-case hex of a sha256. */
export function chainHash(before: string, event: StoredEvent): string {
  const { seq, eventId, type, emittedAtMs, epoch, late, payload } = event;
  // Lengths keep the texts apart. No JSON of them: it writes half a surrogate pair in another way than
  // stores do, and there both ways are the same bytes.
  return hash(
    'sha256',
    `${before}\n${seq} ${emittedAtMs} ${epoch} ${late ? 1 : 0} ${eventId.length} ${type.length}\n${eventId}${type}${payload}`,
  );
}

/** The hashes of events that follow each other; null behind a log that has no chain. */
export function chainHashes(
  before: string | null,
  events: readonly StoredEvent[],
): readonly string[] | null {
  if (before === null) return null;
  let last = before;
  return events.map((event) => (last = chainHash(last, event)));
}
