import { RunchartError } from '../../errors.ts';
import { parseStored } from '../../stored-json.ts';
import { PARTS } from './journal.ts';
import type { JournalReader, StoredMessage } from './journal-reader.ts';

/** The text of a message, also of one that is kept in pieces. */
export async function textOf(journal: JournalReader, message: StoredMessage): Promise<string> {
  const parts = Number(message.header(PARTS) ?? 0);
  if (parts === 0) return Buffer.from(message.data).toString();
  const pieces = await Promise.all(
    Array.from({ length: parts }, async (_, n) => {
      const piece = await journal.at(message.seq - parts + n);
      if (piece !== undefined) return piece.data;
      throw new RunchartError(
        'STORE_CORRUPT',
        `Piece ${n + 1} of ${parts} of message ${message.seq} is missing in the stream; restore it from a copy.`,
      );
    }),
  );
  return Buffer.concat(pieces).toString();
}

export async function bodyOf<T extends object>(
  journal: JournalReader,
  message: StoredMessage,
): Promise<T> {
  return parseStored<T>(await textOf(journal, message), () => `message ${message.seq}`);
}
