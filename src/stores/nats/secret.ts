import { randomBytes } from 'node:crypto';
import type { Connection } from './connection.ts';

/** The text that all processes of these stores share. It is made by whoever asks first. */
export async function secretOf({ journal, subjects }: Connection): Promise<string> {
  const subject = subjects.secret;
  for (;;) {
    const stored = await journal.last(subject);
    if (stored !== undefined) return Buffer.from(stored.data).toString();
    const body = randomBytes(32).toString('hex');
    const written = await journal.write([{ subject, body, expect: { seq: 0 } }]);
    if (written.kind === 'stored') return body;
  }
}
