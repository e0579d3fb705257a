import type { OutputContent, OutputRecord } from '../../../../stores/index.ts';

/** How the content of an output can be looked at. */
export type ContentKind = 'text' | 'json' | 'image' | 'table' | 'other';

/** Images that a browser draws. */
const IMAGES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  svg: 'image/svg+xml',
};

const TEXTS = new Set(
  'txt md log ts tsx js mjs jsx css html xml yaml yml toml ini sh sql py rs go java c h diff patch'.split(
    ' ',
  ),
);

/** Told by its type, else by the ending of its name. */
export function kindOfContent(content: OutputContent): ContentKind {
  if (content.kind === 'inline') return typeof content.value === 'string' ? 'text' : 'json';
  const mime = mimeOf(content);
  const ending = endingOf(content.path);
  if (Object.values(IMAGES).includes(mime)) return 'image';
  if (mime === 'application/json' || mime.endsWith('+json')) return 'json';
  if (mime === 'text/csv') return 'table';
  if (mime.startsWith('text/') || /[/+](xml|yaml|x-ndjson|javascript)$/.test(mime)) return 'text';
  return mime === 'application/octet-stream' && TEXTS.has(ending) ? 'text' : 'other';
}

/** Its type; what was given out without one is taken for what its name says. */
export function mimeOf(content: OutputContent): string {
  if (content.kind === 'inline') return 'application/json';
  const [given = ''] = (content.mime ?? '').toLowerCase().split(';');
  if (given !== '' && given !== 'application/octet-stream') return given.trim();
  const ending = endingOf(content.path);
  if (ending === 'json') return 'application/json';
  if (ending === 'csv') return 'text/csv';
  return IMAGES[ending] ?? 'application/octet-stream';
}

function endingOf(path: string): string {
  return /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? '';
}

/** What an output holds; progress holds nothing. */
export function contentOf({ event }: OutputRecord): OutputContent | undefined {
  if (event.type === 'progress') return undefined;
  return event.type === 'partial' ? event.chunk : event.content;
}

/** Bytes of the content: of its file, or of its value as JSON. */
export function sizeOf(content: OutputContent): number {
  if (content.kind === 'file') return content.size;
  const { value } = content;
  return new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)).length;
}

/** The name under which it is saved. */
export function fileNameOf(record: OutputRecord): string {
  const content = contentOf(record);
  if (content?.kind === 'file') return content.path.split('/').at(-1) ?? record.id;
  const { event } = record;
  const name = event.type === 'artifact' ? event.name : `${record.runId} ${event.type}`;
  const plain = name.replaceAll(/[^\p{L}\p{N} ._-]/gu, '_');
  if (content !== undefined && typeof content.value === 'string') {
    return /\.[a-z0-9]{1,5}$/i.test(plain) ? plain : `${plain}.txt`;
  }
  return plain.endsWith('.json') ? plain : `${plain}.json`;
}

/** What an output is called in lists. */
export function titleOf({ event }: OutputRecord): string {
  if (event.type === 'artifact') return event.name;
  if (event.type === 'progress') return event.stage;
  return event.type;
}
