// Lists of values for one round trip: a list per column, which `unnest` makes rows of.

/** What Postgres calls its type `text`. */
const TEXT_OID = 25;
/** Dimensions, a flag for NULLs, the type, then length and lower bound of the one dimension. */
const HEADER_BYTES = 20;

/**
 * Texts as a `text[]` in the binary form of the protocol: nothing has to be quoted by the one side and
 * unquoted by the other, which for JSON would be every other character.
 */
export function textColumn(values: readonly (string | null)[]): Buffer {
  let bytes = HEADER_BYTES;
  for (const value of values) bytes += 4 + (value === null ? 0 : Buffer.byteLength(value));
  const buffer = Buffer.allocUnsafe(bytes);
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(1, 4);
  buffer.writeInt32BE(TEXT_OID, 8);
  buffer.writeInt32BE(values.length, 12);
  buffer.writeInt32BE(1, 16);
  let at = HEADER_BYTES;
  for (const value of values) {
    if (value === null) {
      at = buffer.writeInt32BE(-1, at);
      continue;
    }
    const length = buffer.write(value, at + 4);
    buffer.writeInt32BE(length, at);
    at += 4 + length;
  }
  return buffer;
}

/** Whole numbers, or truths, as a list in the text form. */
export function plainColumn(values: readonly (number | boolean | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : String(value))).join(',')}}`;
}
