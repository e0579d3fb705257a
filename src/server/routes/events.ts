import type { Envelope } from '../../machines/index.ts';
import { isTerminal } from '../../machines/index.ts';
import type { Run } from '../../run.ts';
import * as answers from '../schemas/answers.ts';
import * as requests from '../schemas/requests.ts';
import { type Route, route } from '../route.ts';
import { messagesOf, type Position, positionOf } from '../run-messages.ts';

const DEFAULT_PAGE = 100;

const runId = { runId: requests.params.runId };

/** The log of a run: read, followed, and added to. */
export const EVENT_ROUTES: readonly Route[] = [
  route({
    name: 'readEvents',
    method: 'GET',
    path: '/v1/runs/{runId}/events',
    summary:
      'A page of the log; with "Accept: text/event-stream" what is stored and what comes, as server-sent events.',
    params: runId,
    query: requests.readEvents,
    status: 200,
    answer: answers.eventPage,
    media: ['text/event-stream'],
    also: { 204: 'To a Last-Event-ID of the end: nothing more comes, do not connect again.' },
    handle: async ({ run, request, query, streams, access }) => {
      const handle = await run();
      const { after = 0, limit = DEFAULT_PAGE } = query;
      if (!wantsStream(request)) return pageOf(handle, after, limit);
      const last = positionOf(request.headers.get('last-event-id'));
      // What it is told to end by, an EventSource connects again after: this is the answer that ends it.
      if (last !== undefined && (await isAtEnd(handle, last))) {
        return new Response(null, { status: 204 });
      }
      const afterSeq = last?.seq ?? after;
      return streams.open((signal) => messagesOf(handle, afterSeq, { access, signal }));
    },
  }),
  route({
    name: 'recordEvent',
    method: 'POST',
    path: '/v1/runs/{runId}/events',
    summary: 'Record a fact. On a run that is over it is recorded late, and changes nothing.',
    params: runId,
    body: requests.recordEvent,
    status: 201,
    answer: answers.envelope,
    handle: async ({ run, body: { event, ...options }, key }) =>
      (await run()).record(event, { ...options, ...key }),
  }),
  route({
    name: 'sendSignal',
    method: 'POST',
    path: '/v1/runs/{runId}/signals',
    summary: 'Send something to the code of the run.',
    params: runId,
    body: requests.sendSignal,
    status: 201,
    answer: answers.envelope,
    handle: async ({ run, body: { signal, ...options }, key }) =>
      (await run()).send(signal, { ...options, ...key }),
  }),
  route({
    name: 'completeRun',
    method: 'POST',
    path: '/v1/runs/{runId}/complete',
    summary: 'End the run with a result.',
    params: runId,
    body: requests.completeRun,
    status: 200,
    answer: answers.receipt,
    handle: async ({ run, body: { result = null }, key }) => (await run()).complete(result, key),
  }),
  route({
    name: 'failRun',
    method: 'POST',
    path: '/v1/runs/{runId}/fail',
    summary: 'End the run with an error.',
    params: runId,
    body: requests.failRun,
    status: 200,
    answer: answers.receipt,
    handle: async ({ run, body: { error }, key }) => (await run()).fail(error, key),
  }),
  route({
    name: 'cancelRun',
    method: 'POST',
    path: '/v1/runs/{runId}/cancel',
    summary: 'End the run for good. On a run that is over nothing happens.',
    params: runId,
    body: requests.cancelRun,
    status: 200,
    answer: answers.receipt,
    handle: async ({ run, body, key }) => (await run()).cancel({ ...body, ...key }),
  }),
];

function wantsStream(request: Request): boolean {
  return (request.headers.get('accept') ?? '').includes('text/event-stream');
}

async function isAtEnd(run: Run, { seq, hasEnded }: Position): Promise<boolean> {
  if (!hasEnded) return false;
  const { status, eventCount } = await run.snapshot();
  return isTerminal(status) && eventCount <= seq;
}

async function pageOf(run: Run, after: number, limit: number): Promise<unknown> {
  const events: Envelope[] = [];
  for await (const envelope of run.events({ afterSeq: after, live: false })) {
    events.push(envelope);
    if (events.length === limit) break;
  }
  return { events, nextAfter: events.at(-1)?.seq ?? after };
}
