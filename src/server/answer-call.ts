import { z } from 'zod';
import { RunchartError } from '../errors.ts';
import type { Run } from '../run.ts';
import type { Runtime } from '../runtime.ts';
import { createAccess } from './access.ts';
import { jsonOfBody } from './body.ts';
import { inTime } from './in-time.ts';
import type { Route } from './route.ts';
import type { ServerLimits, ServerOptions } from './server-options.ts';
import type { Streams } from './streams.ts';

/** A request as it came, and what it is answered with. */
export interface CallPort {
  readonly request: Request;
  readonly params: Readonly<Record<string, string>>;
  readonly runtime: Runtime;
  readonly options: ServerOptions & { onError(error: unknown): void };
  readonly limits: ServerLimits;
  readonly streams: Streams;
}

/** Checks a request by the schemas of its route, asks whether it is allowed, and does it. */
export async function answerCall(route: Route, port: CallPort): Promise<Response> {
  const { request, runtime, options, limits, streams } = port;
  const params = checked(z.object(route.params), port.params, 'path');
  const query = checked(route.query ?? NOTHING, queryOf(request), 'query');
  const body =
    route.body === undefined
      ? undefined
      : checked(route.body, await jsonOfBody(request, limits), 'body');
  const access = createAccess(options, runtime, { action: route.name, request, body });
  const runId = typeof params['runId'] === 'string' ? params['runId'] : undefined;
  if (route.allows !== 'itself') {
    await (runId === undefined ? access.allow(undefined) : access.allowRun(runId));
  }
  const epoch = epochOf(request);
  const idempotencyKey = keyOf(request);
  const working = route.handle({
    params,
    query,
    body,
    request,
    runtime,
    access,
    streams,
    limits,
    key: idempotencyKey === undefined ? {} : { idempotencyKey },
    run: (): Promise<Run> => runtime.get(String(runId), epoch === undefined ? {} : { epoch }),
  });
  const { requestMs } = limits;
  const answer = await (route.isLong === true
    ? working
    : inTime(working, requestMs, () => tookTooLong(requestMs)));
  if (answer instanceof Response) return answer;
  const json = JSON.stringify(access.redacted(answer, runId) ?? null);
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  return new Response(json, { status: route.status, headers });
}

const NOTHING = z.strictObject({});

function checked<T extends z.ZodType>(type: T, value: unknown, where: string): z.output<T> {
  const result = type.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const at = issue?.path.map(String).join('.') ?? '';
  throw new RunchartError(
    'REQUEST_INVALID',
    `The ${where} of the request is refused${at === '' ? '' : ` at ${at}`}: ${issue?.message ?? 'it is invalid'}.`,
  );
}

function queryOf(request: Request): Record<string, string> {
  const query: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of new URL(request.url).searchParams) {
    if (name in query) {
      throw new RunchartError('REQUEST_INVALID', `The query has "${name}" more than once.`);
    }
    query[name] = value;
  }
  return { ...query };
}

/** Percent-encoded, as a header holds no more than bytes. */
function keyOf(request: Request): string | undefined {
  const text = request.headers.get('idempotency-key');
  if (text === null) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RunchartError('REQUEST_INVALID', 'Idempotency-Key is not percent-encoded UTF-8.');
  }
}

function epochOf(request: Request): number | undefined {
  const text = request.headers.get('run-epoch');
  if (text === null) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new RunchartError('REQUEST_INVALID', 'Run-Epoch is a whole number.');
}

/** What takes longer goes on, and is not waited for: a repeat with the same key finds out what it came to. */
function tookTooLong(ms: number): RunchartError {
  const what = `This took longer than ${ms} ms, and may be done all the same: repeat it with the same Idempotency-Key.`;
  return new RunchartError('REQUEST_TIMEOUT', what);
}
