import { RunchartError } from '../errors.ts';
import type { OutputContent, OutputEvent } from './output-store.ts';

/** What an output holds; undefined for progress, which holds nothing. */
export function contentOf(event: OutputEvent): OutputContent | undefined {
  if (event.type === 'progress') return undefined;
  return event.type === 'partial' ? event.chunk : event.content;
}

/** The digest of the file that an output refers to, if it does. */
export function blobOf(event: OutputEvent): string | null {
  const content = contentOf(event);
  return content?.kind === 'file' ? content.sha256 : null;
}

export function outputExists(id: string): RunchartError {
  return new RunchartError(
    'OUTPUT_EXISTS',
    `There is an output ${id} already; read it, or give this one another id.`,
  );
}
