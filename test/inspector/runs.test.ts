import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { awaitFile } from '../../examples/jobs/await-file.ts';
import { useInspector } from './support/use-inspector.ts';

describe('the list of runs', () => {
  const inspector = useInspector();

  const row = (page: Page, text: string) => page.locator('tbody tr').filter({ hasText: text });
  const search = (page: Page) => page.evaluate<string>('location.search');

  it('has a run that is started meanwhile, and its end, without being loaded again', async () => {
    const { page } = await inspector.open();
    await page.evaluate('globalThis.loadedOnce = true');
    const path = '/nowhere/that/is/ever/there';
    const prompt = 'A run that nobody knew of';
    const run = await inspector.demo.runtime.start(awaitFile, {
      prompt,
      input: { path, everyMs: 60_000 },
    });
    await row(page, prompt).filter({ hasText: 'executing' }).waitFor();
    await run.cancel({ reason: 'it was seen' });
    await row(page, prompt).filter({ hasText: 'cancelled' }).waitFor();
    expect(await page.evaluate('globalThis.loadedOnce')).toBe(true);
  });

  it('is narrowed by status and definition, and the address says so', async () => {
    const { page, go } = await inspector.open();
    await page.getByRole('button', { name: /^failed/ }).click();
    await row(page, 'release-check').waitFor();
    await row(page, 'review-change').first().waitFor({ state: 'detached' });
    await expect.poll(() => row(page, '').count()).toBe(2);
    await expect.poll(() => search(page)).toBe('?status=failed');
    await page.getByRole('searchbox', { name: 'Definition' }).fill('await-file');
    await row(page, 'release-check').waitFor({ state: 'detached' });
    await expect.poll(() => row(page, '').count()).toBe(1);
    await expect.poll(() => search(page)).toBe('?status=failed&definition=await-file');
    // Whoever gets the address sees the same.
    await go(await search(page));
    await row(page, 'await-file').waitFor();
    await expect.poll(() => row(page, '').count()).toBe(1);
    await page.getByRole('button', { name: 'Clear' }).click();
    await row(page, 'review-change').first().waitFor();
    await expect.poll(() => search(page)).toBe('');
  });

  it('says of a filter that nothing fits, and of which session a run is', async () => {
    const { page } = await inspector.open('?definition=nothing-of-this-name');
    await page.getByText('No run fits this filter').waitFor();
    await inspector.open('?session=docs-team').then(async ({ page }) => {
      await row(page, 'check-queued').waitFor();
      await expect.poll(() => row(page, '').count()).toBe(3);
    });
  });

  it('opens a run, and Back comes to the list again as it was', async () => {
    const { page, quiet } = await inspector.open('?status=completed');
    await page.getByRole('link', { name: 'Review of the whole repository' }).first().click();
    await page.waitForURL('**/inspect/runs/review-published*');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await quiet();
    await page.goBack();
    await row(page, 'review-change').first().waitFor();
    await expect.poll(() => search(page)).toBe('?status=completed');
  });

  it('comes with a policy by which it talks to its server alone and runs nothing that stands in it', async () => {
    const response = await fetch(`${inspector.demo.url}/inspect/`);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).not.toContain('unsafe');
    const html = await response.text();
    expect(html).not.toMatch(/<script(?![^>]* src=)/);
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });
});
