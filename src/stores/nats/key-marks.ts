import { parseStored } from '../../stored-json.ts';
import type { StoredMessage } from './journal-reader.ts';
import type { RunHead } from './run-message.ts';

/** What a message under a key says: which events the key recorded, and on which run. */
export interface KeyMark {
  readonly runId: string;
  readonly first: number;
  readonly last: number;
}

export function markText(mark: KeyMark): string {
  return JSON.stringify(mark);
}

export function markOfMessage(message: StoredMessage): KeyMark {
  return parseStored<KeyMark>(Buffer.from(message.data).toString(), () => `message ${message.seq}`);
}

/** A mark of an earlier run of the same id, or of events that were cut, is as good as none. */
export function isKnownKey(message: StoredMessage, head: RunHead | undefined): boolean {
  if (head === undefined || message.seq <= head.position) return false;
  return markOfMessage(message).first > head.cutSeq;
}

/** The mark of a creation counts as long as the run is there that it belongs to. */
export function isKnownCreation(message: StoredMessage, head: RunHead | undefined): boolean {
  return head !== undefined && message.seq > head.position;
}
