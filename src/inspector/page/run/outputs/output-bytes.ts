import { runtime } from '../../api.ts';
import type { OutputRecord } from '../../../../stores/index.ts';
import { contentOf, fileNameOf, mimeOf } from './content-kind.ts';

/** All bytes of an output, fetched through the client, with its type. */
export async function bytesOf(
  record: OutputRecord,
  {
    signal,
    onBytes,
  }: { readonly signal?: AbortSignal; readonly onBytes?: (sum: number) => void } = {},
): Promise<Blob> {
  const content = contentOf(record);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let sum = 0;
  for await (const chunk of await runtime.outputs.read(record)) {
    signal?.throwIfAborted();
    chunks.push(Uint8Array.from(chunk));
    sum += chunk.length;
    onBytes?.(sum);
  }
  return new Blob(chunks, content === undefined ? {} : { type: mimeOf(content) });
}

/** Saves an output as a file of the person who looks: its bytes, or its value as JSON or text. */
export async function download(
  record: OutputRecord,
  onBytes: (sum: number) => void,
): Promise<void> {
  const content = contentOf(record);
  const text = content?.kind === 'inline' ? content.value : undefined;
  const blob =
    typeof text === 'string'
      ? new Blob([text], { type: 'text/plain' })
      : await bytesOf(record, { onBytes });
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileNameOf(record);
  link.click();
  // The browser has taken the bytes over by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
