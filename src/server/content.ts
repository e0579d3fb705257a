import { createHash } from 'node:crypto';
import { RunchartError } from '../errors.ts';
import type { OutputReader } from '../runtime.ts';
import { contentOf, type OutputRecord } from '../stores/index.ts';
import type { Access } from './access.ts';
import { problemResponse } from './problem.ts';
import type { ServerLimits } from './server-options.ts';

const OCTETS = 'application/octet-stream';
const JSON_TYPE = 'application/json';

/** A media type as it may stand in a header: what a run called its file is anything. */
const MEDIA_TYPE = /^(?=.{1,200}$)[\w.+-]+\/[\w.+-]+(; *[\w-]+=("[\w .+-]*"|[\w.+-]+))*$/;
/** Types that a browser may show in place; all others it saves. */
const SHOWN =
  /^(image\/(png|jpeg|gif|webp|avif)|text\/plain|application\/(json|pdf)|(audio|video)\/[\w.+-]+)(;|$)/;
const TEXTUAL = /^(text\/[\w.+-]+|application\/(json|[\w.-]+\+json|xml|x-ndjson))(;|$)/;
/** In other charsets a text could say what nobody finds in it. */
const OTHER_CHARSET = /charset=(?!"?(utf-?8|us-ascii)"?(;|$))/i;
/** Characters of a file name: a header has to fit into what clients take. */
const MAX_NAME = 200;

interface ContentCall {
  readonly request: Request;
  readonly access: Access;
  readonly limits: Pick<ServerLimits, 'bodyBytes' | 'stalledStreamMs'>;
}

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
  { request, access, limits }: ContentCall,
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
  if (access.redacts) {
    return redactedContent(outputs, record, { type, access, maxBytes: limits.bodyBytes });
  }
  const { size, sha256 } = content.kind === 'file' ? content : measured(content.value);
  const etag = `"${sha256}"`;
  const headers = { ...safeHeaders(nameOf(record), type), etag, 'accept-ranges': 'bytes' };
  if (isMatch(request.headers.get('if-none-match'), etag)) {
    return new Response(null, { status: 304, headers: { etag } });
  }
  const part = partOf(request, etag, size);
  if (part === BEHIND) {
    const what = `The range begins behind the last of ${size} bytes.`;
    const told = { 'content-range': `bytes */${size}` };
    return problemResponse(new RunchartError('RANGE_INVALID', what), { headers: told });
  }
  const { start, end } = part ?? { start: 0, end: size };
  const bytes = await outputs.read(record, part);
  return new Response(streamOf(bytes, limits.stalledStreamMs), {
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
  {
    type,
    access,
    maxBytes,
  }: { readonly type: string; readonly access: Access; readonly maxBytes: number },
): Promise<Response> {
  if (!TEXTUAL.test(type) || OTHER_CHARSET.test(type)) throw withheld(record, `it is ${type}`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of await outputs.read(record)) {
    size += chunk.byteLength;
    if (size > maxBytes) throw withheld(record, `it has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  const text = textOf(record, Buffer.concat(chunks));
  const redacted = (value: unknown): unknown => access.redacted(value, record.runId);
  const isJson = IS_JSON.test(type);
  const body = isJson
    ? JSON.stringify(redacted(jsonOf(record, text)) ?? null)
    : String(redacted(text));
  // The parameters of a type are anybody's words, and what is told here is UTF-8.
  const [essence = OCTETS] = String(redacted(type)).split(';');
  const shown = MEDIA_TYPE.test(essence) ? `${essence}; charset=utf-8` : OCTETS;
  const name = String(redacted(nameOf(record)));
  return new Response(body, { headers: safeHeaders(name, isJson ? JSON_TYPE : shown) });
}

const IS_JSON = /^application\/(json|[\w.-]+\+json)(;|$)/;

/** UTF-8 without a NUL, which UTF-16 would show as. */
function textOf(record: OutputRecord, bytes: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Said below.
  }
  throw withheld(record, 'it is no text in UTF-8');
}

function jsonOf(record: OutputRecord, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw withheld(record, 'it is no JSON, though its type says so');
  }
}

function withheld({ id }: OutputRecord, why: string): RunchartError {
  return new RunchartError(
    'CONTENT_WITHHELD',
    `This server only gives out what it can redact, and not output ${id}: ${why}.`,
  );
}

function nameOf({ event }: OutputRecord): string {
  return event.type === 'artifact' ? event.name : event.type;
}

function safeHeaders(name: string, type: string): Record<string, string> {
  const how = SHOWN.test(type) ? 'inline' : 'attachment';
  // A lone surrogate is in no URI.
  const encoded = encodeURIComponent(name.slice(0, MAX_NAME).toWellFormed()).replaceAll("'", '%27');
  return {
    'content-type': type,
    'content-disposition': `${how}; filename*=UTF-8''${encoded}`,
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-cache',
  };
}

/** The one part that is asked for; undefined for the whole. Several parts at once are answered as a whole. */
function partOf(request: Request, etag: string, size: number): Part | typeof BEHIND | undefined {
  const [, first = '', last = ''] =
    /^bytes=(\d{0,15})-(\d{0,15})$/.exec(request.headers.get('range') ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const condition = request.headers.get('if-range');
  if (condition !== null && condition !== etag) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  // A range whose end is before its start is none, and is not looked at.
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  return start < end ? { start, end } : BEHIND;
}

/** A range behind the last byte. */
const BEHIND = Symbol('behind');

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

/**
 * Bytes as they are taken. Those that turn out to be wrong at their end break the answer off, and so does a
 * client that takes none for `stalledMs`.
 */
function streamOf(bytes: AsyncIterable<Uint8Array>, stalledMs: number): ReadableStream<Uint8Array> {
  const chunks = bytes[Symbol.asyncIterator]();
  let timer: NodeJS.Timeout | undefined;
  const end = async (): Promise<void> => {
    clearTimeout(timer);
    await chunks.return?.();
  };
  return new ReadableStream(
    {
      pull: async (controller) => {
        clearTimeout(timer);
        const next = await chunks.next();
        if (next.done === true) return controller.close();
        controller.enqueue(next.value);
        timer = setTimeout(() => {
          controller.error(new Error('the client has stopped reading'));
          void end().catch(() => undefined);
        }, stalledMs).unref();
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}
