import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { launchChromium } from './support/chromium.ts';
import { type Held, type ServingProcess, servingProcess } from './support/serving-process.ts';
import { notedRun, takeNotes, useStore } from './support/use-store.ts';
import { watchedPage } from './support/watched-page.ts';

const store = useStore();
const PAGES = 10;
/** Streams that pages of one browser hold. */
const STREAMS = 3;
/** What a server may hold more than before, in bytes: code that was compiled meanwhile, statements that are kept. */
const ROOM = 6 * 1024 * 1024;
const LIVE = { timeout: 20_000, interval: 100 };
const PATIENT_MS = 120_000;

const place = (page: Page) => page.locator('.player-where strong');

async function streamsOf(server: ServingProcess): Promise<number> {
  return (await server.held()).streams;
}

function expectAsBefore(now: Held, before: Held): void {
  const grownBytes = now.heapBytes - before.heapBytes;
  console.log(`the server holds ${(grownBytes / 1024 / 1024).toFixed(1)} MiB more than before`);
  expect(now.streams).toBe(0);
  expect(grownBytes).toBeLessThan(ROOM);
}

it(
  'ten pages of one browser are all live with three streams, and leave nothing behind',
  async () => {
    const run = await notedRun(store.runtime, 'ten', 20);
    await using server = await servingProcess(store.database);
    const first = await watchedPage(await store.browser.newContext(), server.url);
    await first.go('runs/ten');
    await first.page.context().close();
    await expect.poll(() => streamsOf(server), LIVE).toBe(0);
    const before = await server.held();

    const context = await store.browser.newContext();
    const pages: Page[] = [];
    for (let n = 0; n < PAGES; n += 1) {
      const { page, go } = await watchedPage(context, server.url);
      await go('runs/ten');
      pages.push(page);
    }
    await expect.poll(() => streamsOf(server), LIVE).toBe(STREAMS);
    await takeNotes(run, 'while ten look', 5);
    const shown = (page: Page): Promise<string> => place(page).innerText();
    await expect
      .poll(async () => (await Promise.all(pages.map(shown))).join(' '), LIVE)
      .toBe(pages.map(() => '27').join(' '));
    expect(await streamsOf(server)).toBe(STREAMS);

    // Their places are taken by others, and those that are left stay live.
    const left = pages.splice(STREAMS);
    for (const page of pages) await page.close();
    await expect.poll(() => streamsOf(server), LIVE).toBe(STREAMS);
    await takeNotes(run, 'while seven look', 1);
    await expect
      .poll(async () => (await Promise.all(left.map(shown))).join(' '), LIVE)
      .toBe(left.map(() => '28').join(' '));

    await context.close();
    await expect.poll(() => streamsOf(server), LIVE).toBe(0);
    expectAsBefore(await server.held(), before);
  },
  PATIENT_MS,
);

it(
  'pages of a browser that is killed leave nothing behind either',
  async () => {
    await notedRun(store.runtime, 'killed-browser', 20);
    await using server = await servingProcess(store.database);
    await using browser = await launchChromium();
    const before = await server.held();
    for (let n = 0; n < PAGES; n += 1) {
      const { go } = await watchedPage(browser.context, server.url);
      await go(n % 2 === 0 ? '' : 'runs/killed-browser');
    }
    await expect.poll(() => streamsOf(server), LIVE).toBe(STREAMS);
    process.kill(browser.pid, 'SIGKILL');
    await expect.poll(() => streamsOf(server), LIVE).toBe(0);
    expectAsBefore(await server.held(), before);
  },
  PATIENT_MS,
);
