import { describe, expect, it } from 'vitest';
import { axeInLightAndDark } from './support/axe-violations.ts';
import { useInspector } from './support/use-inspector.ts';

describe('how a run came to be what it is', () => {
  const inspector = useInspector();

  it('names the event that came too late, and the rule that says so', async () => {
    const { page } = await inspector.open('runs/release-refused?panel=explain');
    const late = page.getByRole('region', { name: 'What came too late' });
    await late.getByText('late, failed is final').waitFor();
    await expect.poll(() => late.textContent()).toContain('tool.completed after run.failed');
  });

  it('goes to the moment of a line, and tells what a command would have come to then', async () => {
    const { page } = await inspector.open('runs/release-refused?panel=explain');
    const story = page.getByRole('region', { name: 'How it came here' });
    await story.getByRole('button', { name: 'verification.started' }).click();
    await page.getByText('What it waited for then').waitFor();
    await page.waitForURL(/seq=\d+/);
    const foreseen = page.getByRole('region', { name: 'What a command would come to' });
    await expect
      .poll(() => foreseen.locator('li').first().textContent())
      .toMatch(/^complete.*has effect/);
    const late = page.getByRole('region', { name: 'What came too late' });
    await expect.poll(() => late.textContent()).toContain('0 of 1 event');
  });

  it('tells the transitions of a machine', async () => {
    const { page } = await inspector.open('runs/purchase-ordered?panel=explain');
    const story = page.getByRole('region', { name: 'Transitions of its machine' });
    await story.getByText('returnable').waitFor();
    await expect.poll(() => story.getByRole('button').first().textContent()).toContain('drafting');
  });

  it('keeps nobody out', async () => {
    for (const at of ['', '&seq=8']) {
      const { page } = await inspector.open(`runs/review-published?panel=explain${at}`);
      await page.getByText('How it came here').waitFor();
      expect(await axeInLightAndDark(page)).toEqual([]);
    }
  });
});

describe('the family of a run', () => {
  const inspector = useInspector();

  it('leads from a child to its parent, and to the fork of that', async () => {
    const { runs } = await inspector.demo.runtime.list({ parentRunId: 'review-published' });
    const child = runs.at(-1)?.snapshot.runId;
    const { page, quiet } = await inspector.open(`runs/${child}?panel=family`);
    const family = page.getByRole('list', { name: 'Family of this run' });
    await family.getByText('(this run)').waitFor();
    await family.getByRole('link', { name: 'Review of the whole repository' }).click();
    await page.waitForURL(/runs\/review-published/);
    await quiet();
    const fork = family.getByRole('link', { name: 'The same review with stricter limits' });
    await fork.waitFor();
    await expect.poll(() => family.getByText('fork at super-step').count()).toBe(1);
    await expect.poll(() => family.getByText('child', { exact: true }).count()).toBe(runs.length);
  });

  it('shows faintly what was not there yet at the moment that is looked at', async () => {
    const { page } = await inspector.open('runs/review-published?panel=family&seq=5');
    const fork = page.locator('.relative', { hasText: 'The same review with stricter limits' });
    await fork.waitFor();
    await expect.poll(() => fork.getAttribute('class')).toContain('is-later');
    const { page: now } = await inspector.open('runs/review-published?panel=family');
    await now.locator('.relative', { hasText: 'stricter' }).waitFor();
    expect(await now.locator('.relative.is-later').count()).toBe(0);
  });

  it('opens by the keyboard what came out of another run', async () => {
    const { page } = await inspector.open('runs/review-published?panel=family');
    const toggle = page.getByRole('button', { name: 'What came out of The same review' });
    await toggle.focus();
    await page.keyboard.press('Enter');
    await page.locator('.relative', { hasText: 'child' }).nth(4).waitFor();
    await expect.poll(() => toggle.getAttribute('aria-expanded')).toBe('true');
  });

  it('keeps nobody out', async () => {
    for (const at of ['', '&seq=5']) {
      const { page } = await inspector.open(`runs/review-published?panel=family${at}`);
      await page.locator('.relative', { hasText: 'stricter' }).waitFor();
      expect(await axeInLightAndDark(page)).toEqual([]);
    }
  });
});
