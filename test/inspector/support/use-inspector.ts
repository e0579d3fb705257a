import { readdirSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContextOptions } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import {
  type Demo,
  type DemoOptions,
  openDemo,
} from '../../../scripts/inspector-demo/open-demo.ts';
import { problemOfBuild, root } from '../../support/built.ts';
import { type Chromium, launchChromium } from './chromium.ts';
import { type WatchedPage, watchedPage } from './watched-page.ts';

/** A server of the inspector in this process, and a browser to look at it with. */
export interface Inspector {
  readonly demo: Demo;
  readonly browser: Chromium;
  /**
   * Opens an address of the inspector, such as `runs/ID`, in a page of its own, which is closed after the test. The
   * test fails if the page wrote an error to its console, a request failed, or one went to another server.
   */
  open(path?: string, options?: OpenOptions): Promise<WatchedPage>;
}

interface OpenOptions extends BrowserContextOptions {
  /** Statuses of answers that are no fault, because the test asks for them. */
  readonly expected?: readonly number[];
}

/** For a file of tests: one server and one browser for all of them. Played runs, unless `empty`. */
export function useInspector(options: Omit<DemoOptions, 'folder'> = {}): Inspector {
  let folder: string | undefined;
  let demo: Demo;
  let browser: Chromium;
  let pages: WatchedPage[] = [];

  beforeAll(async () => {
    const problem = problemOfPage() ?? problemOfBuild();
    if (problem !== undefined) throw new Error(problem);
    const made = await mkdtemp(join(tmpdir(), 'runchart-inspector-'));
    folder = made;
    [demo, browser] = await Promise.all([openDemo({ ...options, folder: made }), launchChromium()]);
  }, 120_000);

  afterEach(async () => {
    const opened = pages;
    pages = [];
    for (const { page } of opened) await page.context().close();
    for (const { faults } of opened) {
      expect(faults()).toEqual({ errors: [], failed: [], elsewhere: [] });
    }
  });

  afterAll(async () => {
    await browser?.close();
    await demo?.[Symbol.asyncDispose]();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  return {
    get demo() {
      return demo;
    },
    get browser() {
      return browser;
    },
    open: async (path = '', { expected, ...options } = {}) => {
      const context = await browser.newContext(options);
      const watched = await watchedPage(context, demo.url, expected);
      pages.push(watched);
      await watched.go(path);
      return watched;
    },
  };
}

/** As of `problemOfBuild`, for the page, which is built of more than .ts files. */
export function problemOfPage(): string | undefined {
  const source = join(root, 'src/inspector/page');
  const built = statSync(join(root, 'dist/inspector/page/index.html'), { throwIfNoEntry: false });
  const isOld = readdirSync(source, { recursive: true, encoding: 'utf8' }).some(
    (file) => statSync(join(source, file)).mtimeMs > (built?.mtimeMs ?? 0),
  );
  return isOld
    ? 'The page is not built, or older than its source: npm run build comes first.'
    : undefined;
}
