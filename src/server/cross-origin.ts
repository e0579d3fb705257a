/** The answer to a page that asks whether it may ask. */
export function preflight(origin: string | undefined): Response {
  const headers = {
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers':
      'authorization, content-type, idempotency-key, run-epoch, last-event-id, range',
    'access-control-max-age': '600',
  };
  const response = new Response(null, { status: 204, headers });
  return origin === undefined ? response : allowedTo(origin, response);
}

/** The same response, which pages of an origin may read. */
export function allowedTo(origin: string, response: Response): Response {
  const headers = new Headers(response.headers);
  headers.set('access-control-allow-origin', origin);
  headers.set('access-control-expose-headers', 'etag, content-range, retry-after, location');
  headers.append('vary', 'origin');
  const { status, statusText, body } = response;
  return new Response(body, { status, statusText, headers });
}
