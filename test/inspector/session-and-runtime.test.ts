import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { axeInLightAndDark } from './support/axe-violations.ts';
import { useInspector } from './support/use-inspector.ts';

/** From where to where the bars of a lane reach that are no wait for the turn, in pixels. */
async function workOf(page: Page, name: string): Promise<{ from: number; to: number }> {
  const lane = page.locator('.lane', { hasText: name });
  const bars = await lane.locator('.bar:not(.is-created)').all();
  const boxes = await Promise.all(bars.map((bar) => bar.boundingBox()));
  const known = boxes.filter((box) => box !== null);
  return {
    from: Math.min(...known.map(({ x }) => x)),
    to: Math.max(...known.map(({ x, width }) => x + width)),
  };
}

describe('a session', () => {
  const inspector = useInspector({ empty: true });

  async function playTwo(sessionId: string): Promise<void> {
    const { runtime } = inspector.demo;
    const start = (prompt: string) =>
      runtime.start('await-file', {
        runId: `${sessionId} ${prompt}`,
        sessionId,
        prompt,
        input: { path: `/nowhere/${prompt}`, everyMs: 100 },
        deadlineAtMs: Date.now() + 1_500,
      });
    const first = await start('first');
    const second = await runtime.start('measure-folder', {
      sessionId,
      prompt: 'second',
      input: { repository: process.cwd(), folder: 'examples' },
    });
    await first.result().catch(() => undefined);
    await second.result().catch(() => undefined);
  }

  it('shows two runs one behind the other', async () => {
    await playTwo('two');
    const { page } = await inspector.open('sessions/two');
    await page.locator('.lane').nth(1).waitFor();
    await page.locator('.lane', { hasText: 'second' }).locator('.bar.is-created').waitFor();
    const first = await workOf(page, 'first');
    const second = await workOf(page, 'second');
    expect(first.to).toBeGreaterThan(first.from + 100);
    // One pixel less than nothing is what bars of no length are drawn with.
    expect(second.from).toBeGreaterThanOrEqual(first.to - 3);
    await expect.poll(() => page.locator('.session-counts').textContent()).toContain('2 runs');
  });

  it('opens a run by its lane', async () => {
    const { page } = await inspector.open('sessions/two');
    await page.getByRole('link', { name: 'first' }).click();
    await page.waitForURL(/runs\/two%20first/);
  });

  it('keeps in the address which time is shown', async () => {
    const { page } = await inspector.open('sessions/two');
    await page.getByRole('button', { name: 'The last 10 min' }).click();
    await page.waitForURL(/time=last-600000/);
    await page.getByRole('button', { name: 'Show less time' }).click();
    await page.waitForURL(/time=\d+-\d+/);
    await page.getByRole('button', { name: 'Fit' }).click();
    await page.waitForURL((url) => !url.searchParams.has('time'));
  });

  it('says so when there is no run in it', async () => {
    const { page } = await inspector.open('sessions/nobody');
    await page.getByText('There is no run in this session').waitFor();
  });

  it('keeps nobody out, whatever the width', async () => {
    for (const width of [390, 1_440]) {
      const viewport = { width, height: 900 };
      const { page } = await inspector.open('sessions/two', { viewport });
      await page.locator('.lane').nth(1).waitFor();
      expect(await axeInLightAndDark(page)).toEqual([]);
      const isWider = 'document.documentElement.scrollWidth > innerWidth';
      expect(await page.evaluate(isWider)).toBe(false);
    }
  });
});

describe('the runtime', () => {
  const inspector = useInspector({ empty: true });

  it('is running, and tells how long appends took after runs were made', async () => {
    const { runtime } = inspector.demo;
    const { page } = await inspector.open('runtime');
    const appends = page.getByRole('region', { name: 'Appends' });
    await appends.getByText('none yet').waitFor();
    for (let at = 0; at < 3; at += 1) {
      const run = await runtime.start('measure-folder', {
        input: { repository: process.cwd(), folder: 'examples' },
      });
      await run.result();
    }
    await appends
      .getByText(/^\d[\d.]* ms$/)
      .nth(2)
      .waitFor();
    const supervisor = page.getByRole('region', { name: 'The supervisor' });
    await expect.poll(() => supervisor.locator('.tag').textContent()).toBe('running');
  });

  it('shows who is driven in each session, and who waits behind', async () => {
    const { runtime } = inspector.demo;
    const start = (runId: string) =>
      runtime.start('await-file', {
        runId,
        sessionId: 'queue',
        input: { path: '/nowhere/at-all', everyMs: 50 },
      });
    const runs = [await start('ahead'), await start('behind')];
    const { page } = await inspector.open('runtime');
    const lane = page.locator('.turn', { hasText: 'queue' });
    await lane.getByRole('link', { name: 'behind' }).waitFor();
    await expect.poll(() => lane.textContent()).toContain('ahead');
    for (const run of runs) await run.cancel();
    await page.getByText('Nothing is driven or queued here').waitFor();
  });

  it('names the definitions and the store', async () => {
    const { page } = await inspector.open('runtime');
    const definitions = page.getByRole('region', { name: 'Definitions' });
    await definitions.getByRole('link', { name: 'review-change' }).waitFor();
    const store = page.getByRole('region', { name: 'Store' });
    await store.getByText('There is no problem with it.').waitFor();
    await expect.poll(() => store.textContent()).toContain('sqlite');
  });

  it('keeps nobody out', async () => {
    const { page } = await inspector.open('runtime');
    await page.getByText('There is no problem with it.').waitFor();
    expect(await axeInLightAndDark(page)).toEqual([]);
  });
});
