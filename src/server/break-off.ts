import type { ServerResponse } from 'node:http';

/**
 * The same response, which is broken off where its bytes fail: the connection goes, so that the client
 * does not take a part for the whole, and nothing of the error is written behind what was sent.
 */
export function breakingOff(response: Response, outgoing: ServerResponse): Response {
  if (response.body === null || !isStream(response)) return response;
  const reader = response.body.getReader();
  // It may fail while the client takes nothing, and nothing is asked for.
  reader.closed.catch(() => outgoing.destroy());
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const next = await reader.read();
          if (next.done) controller.close();
          else controller.enqueue(next.value);
        } catch {
          outgoing.destroy();
          controller.close();
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return new Response(body, response);
}

/** All other bodies are there as a whole. */
function isStream({ headers }: Response): boolean {
  return headers.has('accept-ranges') || headers.get('content-type') === 'text/event-stream';
}
