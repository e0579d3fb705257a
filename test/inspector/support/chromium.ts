import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, BrowserContextOptions } from 'playwright-core';

/** Where distributions put a browser that speaks the protocol of Chromium. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** What a headless browser needs in a container, and what keeps it from asking anybody but the page's server. */
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** For people, where there is no browser. */
export const NO_CHROMIUM =
  'There is no Chromium here, so no page was opened: scripts/install-chromium.sh installs it, or $RUNCHART_CHROMIUM names one.';

/** A browser that is running, with a profile of its own. */
export interface Chromium extends AsyncDisposable {
  /** What its pages share, as those of one person do: cookies, storage, connections. */
  readonly context: BrowserContext;
  /** One of its own, for somebody else. */
  newContext(options?: BrowserContextOptions): Promise<BrowserContext>;
  /** The process id of the browser, for killing it. Its helpers go with it. */
  readonly pid: number;
  /** Ends the browser, or what is left of it, and deletes its profile. May be repeated. */
  close(): Promise<void>;
}

/** The path of a browser on this machine; undefined when there is none. */
export function findChromium(): string | undefined {
  const named = process.env['RUNCHART_CHROMIUM'];
  return (named === undefined ? PLACES : [named]).find(isProgram);
}

/** Starts a browser with a new, empty profile, in which nothing moves. Rejects when there is none. */
export async function launchChromium(): Promise<Chromium> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(NO_CHROMIUM);
  // Loading it takes a while, and whoever only asks for the path has no use for it.
  const { chromium } = await import('playwright-core');
  const profile = await mkdtemp(join(tmpdir(), 'runchart-chromium-'));
  const server = await chromium.launchServer({
    executablePath,
    args: [...ARGS, `--disk-cache-dir=${join(profile, 'cache')}`],
    env: {
      ...process.env,
      TMPDIR: profile,
      HOME: profile,
      XDG_CONFIG_HOME: profile,
      XDG_CACHE_HOME: profile,
    },
  });
  const browser = await chromium.connect(server.wsEndpoint());
  const newContext = (options: BrowserContextOptions = {}): Promise<BrowserContext> =>
    browser.newContext({ reducedMotion: 'reduce', ...options });
  const context = await newContext();
  const close = async (): Promise<void> => {
    await server.kill();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  const { pid } = server.process();
  if (pid === undefined) throw new TypeError('Expected a browser with a process id, got none');
  return { context, newContext, pid, close, [Symbol.asyncDispose]: close };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
