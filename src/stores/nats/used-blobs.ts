import type { Connection } from './connection.ts';
import { inTurns } from './in-turns.ts';
import type { StoredMessage } from './journal-reader.ts';
import { secretOf } from './secret.ts';

/** Digests that are asked about in one request. */
const PER_REQUEST = 200;

/**
 * Which of the digests some record refers to; `isThere` tells whether a pointer leads to a record. A digest counts
 * as unused only if a server says so that knows all that was stored before the call.
 */
export async function usedBlobs(
  connection: Connection,
  sha256s: readonly string[],
  isThere: (pointer: StoredMessage) => Promise<boolean>,
): Promise<ReadonlySet<string>> {
  const { journal, subjects } = connection;
  // Something that is surely there, so that each answer says how much its server knows.
  await secretOf(connection);
  const { lastSeq } = await journal.state();
  const used = new Set<string>();
  const chunks = Array.from({ length: Math.ceil(sha256s.length / PER_REQUEST) }, (_, n) =>
    sha256s.slice(n * PER_REQUEST, (n + 1) * PER_REQUEST),
  );
  const ask = async (some: readonly string[]): Promise<void> => {
    const wanted = some.map((sha256) => subjects.outputs.blob(sha256));
    const pointers = await journal.lastOf([...wanted, subjects.secret], lastSeq);
    if (pointers !== undefined) {
      const found = pointers.filter(({ subject }) => subject !== subjects.secret);
      await inTurns(found, async (pointer) => {
        const sha256 = some.find((one) => pointer.subject.startsWith(prefixOf(connection, one)));
        if (sha256 !== undefined && (await isThere(pointer))) used.add(sha256);
      });
    } else if (some.length === 1) {
      for await (const pointer of journal.all(wanted[0] ?? '')) {
        if (await isThere(pointer)) return void used.add(some[0] ?? '');
      }
    } else {
      const half = Math.ceil(some.length / 2);
      await ask(some.slice(0, half));
      await ask(some.slice(half));
    }
  };
  await inTurns(chunks, ask);
  return used;
}

function prefixOf({ subjects }: Connection, sha256: string): string {
  return subjects.outputs.blob(sha256).slice(0, -1);
}
