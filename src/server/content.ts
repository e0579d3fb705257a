import { createHash } from 'node:crypto';
import { RunchartError } from '../errors.ts';
import type { OutputReader } from '../runtime.ts';
import { contentOf, type OutputRecord } from '../stores/index.ts';
import type { Access } from './access.ts';

const OCTETS = 'application/octet-stream';
const JSON_TYPE = 'application/json';

/** A media type as it may stand in a header: what a run called its file is anything. */
const MEDIA_TYPE = /^[\w.+-]+\/[\w.+-]+(; *[\w-]+=("[\w .+-]*"|[\w.+-]+))*$/;
/** Types that a browser may show in place; all others it saves. */
const SHOWN =
  /^(image\/(png|jpeg|gif|webp|avif)|text\/plain|application\/(json|pdf)|audio\/|video\/)/;
const TEXTUAL = /^(text\/|application\/(json|[\w.-]+\+json|xml|x-ndjson))/;

interface Part {
  readonly start: number;
  readonly end: number;
}

/**
 * The bytes of an output, or the part that is asked for. The ETag is their digest, so a part of other
 * bytes is never put together with these. What a run gave out is never run as a page of this server.
 */
export async function answerContent(
  outputs: OutputReader,
  record: OutputRecord,
  { request, access }: { readonly request: Request; readonly access: Access },
): Promise<Response> {
  const content = contentOf(record.event);
  if (content === undefined) {
    throw new RunchartError(
      'OUTPUT_INVALID',
      `Output ${record.id} is progress, which has no bytes.`,
    );
  }
  const mime = content.kind === 'file' ? (content.mime ?? OCTETS) : JSON_TYPE;
  const type = MEDIA_TYPE.test(mime) ? mime : OCTETS;
  if (access.redacts) return redactedContent(outputs, record, type, access);
  const { size, sha256 } = content.kind === 'file' ? content : measured(content.value);
  const etag = `"${sha256}"`;
  const headers = { ...safeHeaders(record, type), etag, 'accept-ranges': 'bytes' };
  if (isMatch(request.headers.get('if-none-match'), etag)) {
    return new Response(null, { status: 304, headers: { etag } });
  }
  const part = partOf(request, etag, size);
  const { start, end } = part ?? { start: 0, end: size };
  const bytes = await outputs.read(record, part);
  return new Response(streamOf(bytes), {
    status: part === undefined ? 200 : 206,
    headers: {
      ...headers,
      'content-length': String(end - start),
      ...(part !== undefined && { 'content-range': `bytes ${start}-${end - 1}/${size}` }),
    },
  });
}

/** What can be read is redacted as a whole; of what cannot, nobody knows what it holds. */
async function redactedContent(
  outputs: OutputReader,
  record: OutputRecord,
  type: string,
  access: Access,
): Promise<Response> {
  if (!TEXTUAL.test(type)) {
    throw new RunchartError(
      'CONTENT_WITHHELD',
      `Output ${record.id} is ${type}; this server only gives out what it can redact.`,
    );
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of await outputs.read(record)) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const isJson = type.startsWith(JSON_TYPE);
  const redacted = access.redacted(isJson ? JSON.parse(text) : text, record.runId);
  const body = isJson ? JSON.stringify(redacted) : String(redacted);
  return new Response(body, { headers: safeHeaders(record, type) });
}

function safeHeaders({ event }: OutputRecord, type: string): Record<string, string> {
  const name = event.type === 'artifact' ? event.name : event.type;
  const how = SHOWN.test(type) ? 'inline' : 'attachment';
  // A lone surrogate is in no URI.
  const encoded = encodeURIComponent(name.toWellFormed()).replaceAll("'", '%27');
  return {
    'content-type': type,
    'content-disposition': `${how}; filename*=UTF-8''${encoded}`,
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-cache',
  };
}

/** The one part that is asked for; undefined for the whole. Several parts at once are answered as a whole. */
function partOf(request: Request, etag: string, size: number): Part | undefined {
  const [, first = '', last = ''] =
    /^bytes=(\d{0,15})-(\d{0,15})$/.exec(request.headers.get('range') ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const condition = request.headers.get('if-range');
  if (condition !== null && condition !== etag) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  // A range whose end is before its start is none, and is not looked at.
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  if (start < end) return { start, end };
  throw new RunchartError('RANGE_INVALID', `The range begins behind the last of ${size} bytes.`);
}

function isMatch(condition: string | null, etag: string): boolean {
  if (condition === null) return false;
  return condition
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
    .some((tag) => tag === '*' || tag === etag);
}

function measured(value: unknown): { readonly size: number; readonly sha256: string } {
  const json = Buffer.from(JSON.stringify(value));
  return { size: json.length, sha256: createHash('sha256').update(json).digest('hex') };
}

/** Bytes as they are taken. Those that turn out to be wrong at their end break the answer off. */
function streamOf(bytes: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const chunks = bytes[Symbol.asyncIterator]();
  return new ReadableStream(
    {
      pull: async (controller) => {
        const next = await chunks.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      cancel: async () => void (await chunks.return?.()),
    },
    { highWaterMark: 0 },
  );
}
