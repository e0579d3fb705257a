import { type Context, Hono } from 'hono';
import { RunchartError } from '../errors.ts';
import { INSPECTOR_PATH, inspectorPage } from '../inspector/index.ts';
import type { Runtime } from '../runtime.ts';
import { tellFault, warnOf } from '../tell-fault.ts';
import { answerCall } from './answer-call.ts';
import { allowedTo, preflight } from './cross-origin.ts';
import { createGuard } from './guard.ts';
import { openApiDocument } from './openapi.ts';
import { isServerFault, problemResponse } from './problem.ts';
import type { Route } from './route.ts';
import { ROUTES } from './routes/index.ts';
import { DEFAULT_SERVER_LIMITS, type RedactContext, type ServerOptions } from './server-options.ts';
import { Streams } from './streams.ts';

/** The shape of the protocol: grows when something is taken away or changes its meaning. */
const API_VERSION = '1';

/** A runtime as a standard fetch handler. */
export interface RunServer {
  /** Answers a request. Never rejects: what goes wrong is a problem with a code. */
  readonly fetch: (request: Request) => Promise<Response>;
  /**
   * Refuses new work (SERVER_DRAINING), waits up to `graceMs`, by default 30,000, for the runs that the
   * runtime drives to end, and ends the streams, each with its reason. The runtime stays open: it is the
   * caller's. May be repeated.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

const DEFAULT_GRACE_MS = 30_000;

export function createServer(runtime: Runtime, options: ServerOptions = {}): RunServer {
  const { basePath = '' } = options;
  assertBasePath(basePath);
  const onError = (error: unknown): void => tellFault(error, options.onError ?? warnOf);
  const limits = { ...DEFAULT_SERVER_LIMITS, ...options.limits };
  const guard = createGuard(options);
  const streams = new Streams(limits, onError);
  const document = JSON.stringify(openApiDocument(basePath, API_VERSION));
  let isDraining = false;
  let working = 0;
  let closing: Promise<void> | undefined;

  const answer = async (route: Route, { req }: Context): Promise<Response> => {
    guard.token(req.raw);
    if (isDraining && route.begins === true) {
      throw new RunchartError('SERVER_DRAINING', 'The server is going down and takes no new work.');
    }
    if (working >= limits.requests) {
      throw new RunchartError('SERVER_BUSY', `${limits.requests} requests are being worked on.`);
    }
    working += 1;
    try {
      const port = { request: req.raw, params: req.param(), runtime, limits, streams };
      const response = await answerCall(route, { ...port, options: { ...options, onError } });
      return req.method === 'HEAD' ? await withoutBody(response) : response;
    } catch (error) {
      return problemTold(error, { action: route.name, runId: req.param('runId') });
    } finally {
      working -= 1;
    }
  };
  const problemTold = problemTeller(options.redact, onError);
  const app = appOf({
    basePath,
    answer,
    problemTold,
    document: ({ req }) => {
      guard.token(req.raw);
      return new Response(document, { headers: { 'content-type': 'application/json' } });
    },
    ready: async () => (isDraining ? 'draining' : healthOf(runtime)),
    page: options.inspector === true ? inspectorPage(basePath) : undefined,
  });

  return {
    fetch: async (request) => {
      try {
        const origin = guard.place(request);
        if (request.method === 'OPTIONS') return preflight(origin);
        const response = await app.fetch(request);
        return origin === undefined ? response : allowedTo(origin, response);
      } catch (error) {
        return problemTold(error);
      }
    },
    close: ({ graceMs = DEFAULT_GRACE_MS } = {}) => {
      isDraining = true;
      closing ??= drained(runtime, graceMs, onError).finally(() => streams.close());
      return closing;
    },
  };
}

type ProblemTold = (
  error: unknown,
  context?: RedactContext,
  headers?: Readonly<Record<string, string>>,
) => Response;

/** Tells problems: the operator of faults, the client of what it may know. */
function problemTeller(
  redact: ServerOptions['redact'],
  onError: (error: unknown) => void,
): ProblemTold {
  return (error, context = NO_ACTION, headers = {}) => {
    if (isServerFault(error)) onError(error);
    const redacted = (detail: string): string => {
      try {
        const told = redact === undefined ? detail : redact(detail, context);
        return typeof told === 'string' ? told : '';
      } catch (fault) {
        onError(fault);
        return '';
      }
    };
    return problemResponse(error, { headers, redacted });
  };
}

/** Of what is refused before anybody knows what it was for. */
const NO_ACTION: RedactContext = { action: '', runId: undefined };

function assertBasePath(basePath: string): void {
  if (/^(\/[\w.~-]+)*$/.test(basePath)) return;
  throw new RunchartError(
    'INPUT_INVALID',
    `The base path ${JSON.stringify(basePath)} is none: it is empty, or like "/runchart", without a slash at its end.`,
  );
}

interface AppPort {
  readonly basePath: string;
  answer(route: Route, context: Context): Promise<Response>;
  readonly problemTold: ProblemTold;
  document(context: Context): Response;
  ready(): Promise<'ok' | 'draining' | 'failing'>;
  readonly page: ReturnType<typeof inspectorPage> | undefined;
}

/** Which path is answered by what. */
function appOf({ basePath, answer, problemTold, document, ready, page }: AppPort): Hono {
  const app = new Hono().basePath(basePath === '' ? '/' : basePath);
  app.get('/health', () => Response.json({ status: 'ok' }));
  app.get('/ready', async () => {
    const status = await ready();
    return Response.json({ status }, { status: status === 'ok' ? 200 : 503 });
  });
  app.get('/openapi.json', document);
  if (page !== undefined) servePage(app, basePath, page);
  for (const route of ROUTES) {
    app.on(route.method, pathOf(route), (context) => answer(route, context));
  }
  for (const [path, methods] of methodsOf(ROUTES))
    app.all(path, () => refuseMethod(methods, problemTold));
  app.notFound(({ req }) =>
    problemTold(new RunchartError('ROUTE_UNKNOWN', `There is nothing at ${req.path}.`)),
  );
  app.onError((error) => problemTold(error));
  return app;
}

function servePage(app: Hono, basePath: string, page: ReturnType<typeof inspectorPage>): void {
  const home = `${basePath}${INSPECTOR_PATH}/`;
  for (const path of ['/', INSPECTOR_PATH]) app.get(path, ({ redirect }) => redirect(home));
  app.get(`${INSPECTOR_PATH}/*`, ({ req }) =>
    page(req.path.slice(home.length), req.header('if-none-match') ?? null),
  );
}

/** What nobody reads would stay open. */
async function withoutBody(response: Response): Promise<Response> {
  await response.body?.cancel();
  return new Response(null, response);
}

function pathOf({ path }: Route): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function methodsOf(routes: readonly Route[]): ReadonlyMap<string, readonly string[]> {
  const methods = new Map<string, readonly string[]>();
  for (const route of routes) {
    const path = pathOf(route);
    methods.set(path, [...(methods.get(path) ?? []), route.method]);
  }
  return methods;
}

function refuseMethod(methods: readonly string[], problemTold: ProblemTold): Response {
  const allow = methods.join(', ');
  const error = new RunchartError('METHOD_NOT_ALLOWED', `This takes ${allow}.`);
  return problemTold(error, NO_ACTION, { allow });
}

async function healthOf(runtime: Runtime): Promise<'ok' | 'failing'> {
  try {
    await runtime.list({ limit: 1 });
    return 'ok';
  } catch {
    return 'failing';
  }
}

async function drained(
  runtime: Runtime,
  graceMs: number,
  onError: (error: unknown) => void,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, graceMs);
  await Promise.race([runtime.drain().catch(onError), promise]);
  clearTimeout(timer);
}
