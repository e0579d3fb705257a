import { createHash } from 'node:crypto';

/** The key of an advisory lock, as Postgres writes it: 64 bits of a digest. */
export function lockKey(...names: readonly string[]): string {
  // As JSON, so that names cannot run into each other.
  const digest = createHash('sha256')
    .update(JSON.stringify(['runchart', ...names]))
    .digest();
  return digest.readBigInt64BE(0).toString();
}
