import type { BrowserContext, Page, Request } from 'playwright-core';

/** What went wrong in a page, as sentences; each list is empty when all is well. */
interface Faults {
  /** Errors that the page wrote to its console or did not catch, a broken content security policy too. */
  readonly errors: readonly string[];
  /** Requests without an answer, or with one of 400 and more. */
  readonly failed: readonly string[];
  /** Requests to anybody but the server of the page. */
  readonly elsewhere: readonly string[];
}

/** A page of a browser, and what it did. */
export interface WatchedPage {
  readonly page: Page;
  faults(): Faults;
  /** Milliseconds of each task of the page, so far, that kept it from answering for 50 ms and more. */
  longTasks(): Promise<readonly number[]>;
  /** Goes to an address of the inspector, such as `runs/ID`, and waits until it is quiet. */
  go(path: string): Promise<void>;
  /** Resolves when the page asks for nothing any more, streams apart, and its fonts are there. */
  quiet(): Promise<void>;
}

const QUIET_MS = 300;
const PATIENCE_MS = 15_000;

const WATCH_LONG_TASKS = `
  globalThis.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) globalThis.longTasks.push(duration);
  }).observe({ type: 'longtask', buffered: true });
`;

/**
 * Opens a page that is watched from its first request on. `url` is that of the server; answers with an `expected`
 * status are no faults.
 */
export async function watchedPage(
  context: BrowserContext,
  url: string,
  expected: readonly number[] = [],
): Promise<WatchedPage> {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.addInitScript(WATCH_LONG_TASKS);
  const faults = listen(page, url, expected);
  const isQuiet = watchRequests(page);
  const quiet = async (): Promise<void> => {
    const endMs = performance.now() + PATIENCE_MS;
    while (!isQuiet()) {
      if (performance.now() > endMs) throw new Error(`${page.url()} is never quiet.`);
      await page.waitForTimeout(QUIET_MS / 6);
    }
    await page.evaluate('document.fonts.ready.then(() => undefined)');
  };
  return {
    page,
    faults: () => faults,
    longTasks: () => page.evaluate('globalThis.longTasks'),
    quiet,
    go: async (path) => {
      await page.goto(`${url}/inspect/${path}`);
      await quiet();
    },
  };
}

function listen(page: Page, url: string, expected: readonly number[]): Faults {
  const [errors, failed, elsewhere]: [string[], string[], string[]] = [[], [], []];
  const { host } = new URL(url);
  page.on('console', (message) => {
    const text = message.text();
    const isExpected = expected.some((status) => text.includes(`a status of ${status}`));
    if (message.type() === 'error' && !isExpected) errors.push(text);
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('response', (response) => {
    const status = response.status();
    if (status >= 400 && !expected.includes(status)) failed.push(`${status} ${response.url()}`);
  });
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? 'no answer';
    // What a page calls off itself, such as a stream of what it does not show any more.
    if (why !== 'net::ERR_ABORTED') failed.push(`${why} ${request.url()}`);
  });
  const look = (asked: string): void => {
    const { protocol, host: other } = new URL(asked);
    if (!['data:', 'blob:'].includes(protocol) && other !== host) elsewhere.push(asked);
  };
  page.on('request', (request) => look(request.url()));
  page.on('websocket', (socket) => look(socket.url()));
  return { errors, failed, elsewhere };
}

/** Answers whether the page has waited for no answer for a moment; a stream is no answer that it waits for. */
function watchRequests(page: Page): () => boolean {
  const open = new Set<Request>();
  let lastMs = performance.now();
  const ended = (request: Request): void => {
    if (open.delete(request)) lastMs = performance.now();
  };
  page.on('request', (request) => {
    open.add(request);
    lastMs = performance.now();
  });
  page.on('requestfinished', ended);
  page.on('requestfailed', ended);
  page.on('response', (response) => {
    const type = response.headers()['content-type'] ?? '';
    if (type.startsWith('text/event-stream')) ended(response.request());
  });
  return () => open.size === 0 && performance.now() - lastMs > QUIET_MS;
}
