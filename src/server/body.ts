import { RunchartError } from '../errors.ts';
import { isNestedDeeperThan } from '../json.ts';
import { inTime } from './in-time.ts';
import type { ServerLimits } from './server-options.ts';

/** Levels of nesting of a body: writing JSON recurses, and the stack ends somewhere. */
const MAX_DEPTH = 500;

/**
 * The bytes of an upload as they come. Fails with BODY_TOO_LARGE as soon as there are too many, and with
 * REQUEST_SLOW when none come for as long as a stream may stand still.
 */
export function bytesOfBody(
  request: Request,
  { contentBytes, stalledStreamMs }: Pick<ServerLimits, 'contentBytes' | 'stalledStreamMs'>,
): AsyncGenerator<Uint8Array, void, void> {
  refuseEncoding(request);
  refuseLength(request, contentBytes);
  return bytesOf(request, contentBytes, () => stalledStreamMs);
}

/** The JSON of a body; an empty body is an empty object. */
export async function jsonOfBody(
  request: Request,
  { bodyBytes, requestMs }: Pick<ServerLimits, 'bodyBytes' | 'requestMs'>,
): Promise<unknown> {
  refuseEncoding(request);
  refuseLength(request, bodyBytes);
  const endMs = performance.now() + requestMs;
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytesOf(request, bodyBytes, () => endMs - performance.now())) {
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (bytes.length === 0) return {};
  // A page of another site can send a form, and text, without being asked whether it may.
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/json *(;|$)/i.test(type)) {
    throw new RunchartError(
      'MEDIA_TYPE_UNSUPPORTED',
      `A body is application/json here, not ${JSON.stringify(type)}.`,
    );
  }
  const json = parsed(bytes);
  if (!isNestedDeeperThan(json, MAX_DEPTH)) return json;
  throw new RunchartError(
    'REQUEST_INVALID',
    `The body is nested deeper than ${MAX_DEPTH} levels; give big things out as contents.`,
  );
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (error) {
    throw new RunchartError('REQUEST_INVALID', 'The body is no JSON in UTF-8.', { cause: error });
  }
}

/** `leftMs`: how long the next bytes may take. */
async function* bytesOf(
  request: Request,
  maxBytes: number,
  leftMs: () => number,
): AsyncGenerator<Uint8Array, void, void> {
  if (request.body === null) return;
  const reader = request.body.getReader();
  let size = 0;
  try {
    for (;;) {
      const next = await inTime(reader.read().catch(throwBroken), leftMs(), tooSlow);
      if (next.done) return;
      size += next.value.byteLength;
      if (size > maxBytes) throw tooLarge(maxBytes);
      yield next.value;
    }
  } finally {
    // Whoever still sends it is not waited for.
    void reader.cancel().catch(() => undefined);
  }
}

/** The client has gone: nobody has to hear of it. */
function throwBroken(error: unknown): never {
  throw new RunchartError('REQUEST_INVALID', 'The body broke off.', { cause: error });
}

function tooSlow(): RunchartError {
  return new RunchartError('REQUEST_SLOW', 'The body did not come in time; send it again.');
}

/** What is compressed would be kept as it is, or be far bigger than it looks. */
function refuseEncoding(request: Request): void {
  const encoding = request.headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return;
  throw new RunchartError(
    'MEDIA_TYPE_UNSUPPORTED',
    `A body is taken as it is, not with Content-Encoding ${JSON.stringify(encoding)}.`,
  );
}

function refuseLength(request: Request, maxBytes: number): void {
  const length = Number(request.headers.get('content-length') ?? 0);
  if (length > maxBytes) throw tooLarge(maxBytes);
}

function tooLarge(maxBytes: number): RunchartError {
  return new RunchartError('BODY_TOO_LARGE', `The body has more than ${maxBytes} bytes.`);
}
