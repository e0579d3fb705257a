import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { OutputRecord } from '../../../../stores/index.ts';
import { bytes } from '../../format.ts';
import { JsonTree } from '../../parts/json-tree.tsx';
import { ErrorNote, Waiting } from '../../parts/notes.tsx';
import { useAsked } from '../../parts/use-asked.ts';
import { contentOf, kindOfContent, sizeOf, titleOf } from './content-kind.ts';
import { bytesOf } from './output-bytes.ts';
import { TableView } from './table-view.tsx';
import { TextView } from './text-view.tsx';

/** Contents above this are fetched when a person asks for them; bytes. */
const UNASKED = 1_048_576;

/** What is in an output, as far as a page can show it. */
export function OutputPreview({ record }: { readonly record: OutputRecord }): JSX.Element {
  const content = contentOf(record);
  const [isWanted, setWanted] = useState(content !== undefined && sizeOf(content) <= UNASKED);
  if (content === undefined) return <Progress record={record} />;
  const kind = kindOfContent(content);
  if (kind === 'other') {
    return (
      <p class="note">
        There is no preview of {content.kind === 'file' ? (content.mime ?? 'this type') : 'it'}. It
        has {bytes(sizeOf(content))}; download it to look at it.
      </p>
    );
  }
  if (!isWanted) {
    return (
      <div class="note">
        <span>It is big.</span>
        <button type="button" class="button" onClick={() => setWanted(true)}>
          Load {bytes(sizeOf(content))}
        </button>
      </div>
    );
  }
  if (content.kind === 'inline') {
    if (typeof content.value === 'string') return <TextView text={content.value} />;
    return <JsonTree value={content.value} depth={3} />;
  }
  return <FilePreview record={record} kind={kind} />;
}

function Progress({ record: { event } }: { readonly record: OutputRecord }): JSX.Element {
  if (event.type !== 'progress') return <p class="note">It holds nothing.</p>;
  return (
    <p class="note">
      <strong>{event.stage}</strong>
      {event.note !== undefined && <span>{event.note}</span>}
    </p>
  );
}

interface FileProps {
  readonly record: OutputRecord;
  readonly kind: 'text' | 'json' | 'image' | 'table';
}

function FilePreview({ record, kind }: FileProps): JSX.Element {
  const { asked, again } = useAsked(async (signal) => {
    const blob = await bytesOf(record, { signal });
    return { blob, text: kind === 'image' ? '' : await blob.text() };
  }, record.id);
  const { value, error } = asked.value;
  if (error !== undefined) {
    return <ErrorNote error={error} what="It could not be read" onRetry={again} />;
  }
  if (value === undefined) return <Waiting />;
  if (kind === 'image') return <Picture blob={value.blob} title={titleOf(record)} />;
  if (kind === 'table') return <TableView text={value.text} />;
  if (kind === 'text') return <TextView text={value.text} />;
  const json = parsed(value.text);
  return json === undefined ? (
    <TextView text={value.text} />
  ) : (
    <JsonTree value={json.value} depth={2} />
  );
}

/** What says that it is JSON may not be. */
function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** An image, from bytes that only this page has: no other request knows its token. */
function Picture({ blob, title }: { readonly blob: Blob; readonly title: string }): JSX.Element {
  const [url, setUrl] = useState<string>();
  const [size, setSize] = useState('');
  const [isBroken, setBroken] = useState(false);
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  if (isBroken) return <p class="note note-warn">This is no image that the browser can draw.</p>;
  return (
    <figure class="picture">
      {url !== undefined && (
        <img
          src={url}
          alt={title}
          onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
            setSize(`${naturalWidth} × ${naturalHeight}`)
          }
          onError={() => setBroken(true)}
        />
      )}
      <figcaption class="faint number">{size}</figcaption>
    </figure>
  );
}
