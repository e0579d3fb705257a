import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { servingProcess } from './support/serving-process.ts';
import { notedRun, takeNotes, useStore } from './support/use-store.ts';
import { type WatchedPage, watchedPage } from './support/watched-page.ts';

const store = useStore();
/** A page tries again less and less often. */
const BACK_MS = 30_000;
const PATIENT_MS = 90_000;

const lost = (page: Page) => page.getByText('The server does not answer.');
const place = (page: Page) => page.locator('.player-where strong');

/** What went wrong in the page itself, besides that nobody answered. */
function ownErrors({ faults }: WatchedPage): readonly string[] {
  return faults().errors.filter((text) => !text.includes('Failed to load resource'));
}

async function openedAt(url: string, path: string): Promise<WatchedPage> {
  const context = await store.browser.newContext();
  const watched = await watchedPage(context, url);
  await watched.go(path);
  return watched;
}

describe('a server that goes away', () => {
  it(
    'by kill -9 leaves the page of a run as it was, which can be scrubbed, and goes on when the server is back',
    async () => {
      const run = await notedRun(store.runtime, 'killed', 40);
      const before = (await run.snapshot()).eventCount;
      const first = await servingProcess(store.database);
      const watched = await openedAt(first.url, 'runs/killed');
      const { page } = watched;
      await page.evaluate('globalThis.loadedOnce = true');
      await place(page).getByText(String(before), { exact: true }).waitFor();
      expect(await lost(page).count()).toBe(0);
      await first.kill();
      await lost(page).waitFor();
      await page.getByText('disconnected').waitFor();
      // What it knows is there, and can be moved through.
      await expect
        .poll(() => page.getByRole('heading', { level: 1 }).innerText())
        .toBe('The notes of killed');
      await page.getByRole('slider', { name: 'Event' }).fill('5');
      await place(page).getByText('5', { exact: true }).waitFor();
      await page.locator('.event.is-at', { hasText: 'before 3' }).waitFor();
      await page.keyboard.press('End');
      await place(page).getByText(String(before), { exact: true }).waitFor();
      await takeNotes(run, 'meanwhile', 7);
      await run.complete('all noted');
      await using _ = await servingProcess(store.database, { port: first.port });
      await lost(page).waitFor({ state: 'detached', timeout: BACK_MS });
      await place(page)
        .getByText(String(before + 8), { exact: true })
        .waitFor({ timeout: BACK_MS });
      await page.locator('.run-head .is-completed').waitFor();
      await page.getByRole('searchbox', { name: 'Search in payloads' }).fill('meanwhile');
      await page.getByText('7 events found').waitFor();
      const texts = await page.locator('.event-text').allInnerTexts();
      const notes = Array.from({ length: 7 }, (_, n) => `meanwhile ${n + 1}`);
      expect(texts.map((text) => /meanwhile \d/.exec(text)?.[0])).toEqual(notes);
      expect(await page.getByRole('alert').count()).toBe(0);
      expect(await page.evaluate('globalThis.loadedOnce')).toBe(true);
      expect(ownErrors(watched)).toEqual([]);
      await page.context().close();
    },
    PATIENT_MS,
  );

  it(
    'as it should is told by the list of runs too, which has what came meanwhile when it is back',
    async () => {
      const run = await notedRun(store.runtime, 'listed', 3);
      const first = await servingProcess(store.database);
      const watched = await openedAt(first.url, '');
      const { page } = watched;
      const row = (text: string) => page.locator('tbody tr').filter({ hasText: text });
      await row('The notes of listed').waitFor();
      await first.close();
      await lost(page).waitFor();
      await expect
        .poll(() => row('The notes of listed').filter({ hasText: 'executing' }).count())
        .toBe(1);
      await notedRun(store.runtime, 'come-meanwhile', 3);
      await run.cancel({ reason: 'nobody looked' });
      await using _ = await servingProcess(store.database, { port: first.port });
      await lost(page).waitFor({ state: 'detached', timeout: BACK_MS });
      await row('The notes of come-meanwhile').waitFor({ timeout: BACK_MS });
      await row('The notes of listed').filter({ hasText: 'cancelled' }).waitFor();
      const links = await page.locator('tbody .runs-name a').allInnerTexts();
      expect(links.filter((text) => text === 'The notes of come-meanwhile')).toHaveLength(1);
      expect(new Set(links).size).toBe(links.length);
      expect(await page.getByRole('alert').count()).toBe(0);
      expect(ownErrors(watched)).toEqual([]);
      await page.context().close();
    },
    PATIENT_MS,
  );
});

describe('a server that wants a token', () => {
  const TOKEN = 'what-nobody-guesses';
  const asked = (page: Page) => page.getByRole('heading', { name: 'This server needs its token' });

  it('is given it by a person: a wrong one is told, the right one is kept for the tab', async () => {
    await notedRun(store.runtime, 'locked', 3);
    await using server = await servingProcess(store.database, { token: TOKEN });
    const { page, go } = await openedAt(server.url, '');
    const give = async (token: string): Promise<void> => {
      await page.getByLabel('Token', { exact: true }).fill(token);
      await page.getByRole('button', { name: 'Look at the runs' }).click();
    };
    await asked(page).waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(await page.getByText('The notes of').count()).toBe(0);
    // The second could not even be sent.
    for (const wrong of ['guessed', 'with a blank']) {
      await page.evaluate('globalThis.isOld = true');
      await give(wrong);
      await page.waitForFunction('globalThis.isOld === undefined');
      const told = page.getByRole('alert');
      await told.filter({ hasText: 'is not the one that this server wants' }).waitFor();
    }
    await give(TOKEN);
    await page.getByRole('link', { name: 'The notes of locked' }).first().waitFor();
    await go('runs/locked');
    await place(page).getByText('5', { exact: true }).waitFor();
    expect(await asked(page).count()).toBe(0);
    await page.context().close();
  });

  it('is given it by the address, out of which it is taken at once', async () => {
    await notedRun(store.runtime, 'linked', 3);
    await using server = await servingProcess(store.database, { token: TOKEN });
    const watched = await openedAt(server.url, `runs/linked?seq=4#token=${TOKEN}`);
    const { page } = watched;
    await page.locator('.event.is-at', { hasText: 'before 2' }).waitFor();
    expect(page.url()).toBe(`${server.url}/inspect/runs/linked?seq=4`);
    await page.reload();
    await page.locator('.event.is-at', { hasText: 'before 2' }).waitFor();
    await page.goBack();
    expect(page.url()).not.toContain(TOKEN);
    expect(watched.faults()).toEqual({ errors: [], failed: [], elsewhere: [] });
    await page.context().close();
  });
});
