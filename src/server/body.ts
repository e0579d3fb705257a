import { RunchartError } from '../errors.ts';

/** The bytes of a body as they come. Fails with BODY_TOO_LARGE as soon as there are too many. */
export async function* bytesOfBody(
  request: Request,
  maxBytes: number,
): AsyncGenerator<Uint8Array, void, void> {
  refuseLength(request, maxBytes);
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

/** The JSON of a body; an empty body is an empty object. */
export async function jsonOfBody(request: Request, maxBytes: number): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytesOfBody(request, maxBytes)) chunks.push(chunk);
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
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (error) {
    throw new RunchartError('REQUEST_INVALID', 'The body is no JSON in UTF-8.', { cause: error });
  }
}

function refuseLength(request: Request, maxBytes: number): void {
  const length = Number(request.headers.get('content-length') ?? 0);
  if (length > maxBytes) throw tooLarge(maxBytes);
}

function tooLarge(maxBytes: number): RunchartError {
  return new RunchartError('BODY_TOO_LARGE', `The body has more than ${maxBytes} bytes.`);
}
