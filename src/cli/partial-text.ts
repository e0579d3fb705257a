import type { OutputRecord } from '../index.ts';

/** What a partial output says: its text, its JSON or the path of its file; empty for any other output. */
export function partialText({ event }: OutputRecord): string {
  if (event.type !== 'partial') return '';
  if (event.chunk.kind === 'file') return event.chunk.path;
  const { value } = event.chunk;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
