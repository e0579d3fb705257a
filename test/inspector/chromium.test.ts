import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { launchChromium } from './support/chromium.ts';

describe('the browser of these tests', () => {
  it('shows a page, and is gone with all that it stored', async () => {
    const browser = await launchChromium();
    const page = await browser.context.newPage();
    await page.goto('data:text/html,<title>here</title>');
    expect(await page.title()).toBe('here');
    await browser.close();
    await browser.close();
    expect(existsSync(`/proc/${browser.pid}`)).toBe(false);
  });
});
