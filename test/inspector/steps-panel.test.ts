import type { Page } from 'playwright-core';
import type { RunEvent } from 'runchart';
import { beforeAll, describe, expect, it } from 'vitest';
import { axeInLightAndDark } from './support/axe-violations.ts';
import { useInspector } from './support/use-inspector.ts';

const inspector = useInspector({ empty: true });

const step = (what: string, stepId: string, more: object = {}): RunEvent => ({
  type: `step.${what}`,
  stepId,
  name: stepId,
  ...more,
});
const error = { name: 'Error', message: 'the door was locked', code: 'DOOR_LOCKED' };

async function record(runId: string, events: readonly RunEvent[]): Promise<void> {
  const run = await inspector.demo.runtime.open({ runId, prompt: `The steps of ${runId}` });
  await Promise.all(events.map((event) => run.record(event)));
}

beforeAll(async () => {
  await record('house', [
    { type: 'run.started' },
    { type: 'turn.started', turn: 1 },
    step('started', 'look around'),
    { type: 'tool.started', tool: 'lamp' },
    { type: 'tool.completed', tool: 'lamp', output: 'light' },
    step('completed', 'look around', { result: { rooms: ['hall', 'attic'] } }),
    step('started', 'open the door'),
    step('failed', 'open the door', { error, tries: 1, retryAtMs: Date.now() }),
    step('completed', 'open the door', { result: 'open' }),
    step('started', 'sleep', { untilMs: Date.now() + 60_000 }),
    { type: 'turn.completed', turn: 1 },
  ]);
  const many = Array.from({ length: 3_000 }, (_, n) => [
    step('started', `step ${n}`),
    step('completed', `step ${n}`, { result: n }),
  ]);
  await record('many', [{ type: 'run.started' }, ...many.flat()]);
}, 60_000);

const row = (page: Page, name: string) => page.locator('.wf-row', { hasText: name });
const details = (page: Page) => page.locator('.step-details');

describe('the waterfall of steps', () => {
  it('shows every step, tool and turn, with a bar for each try', async () => {
    const { page } = await inspector.open('runs/house?panel=steps');
    await row(page, 'sleep').waitFor();
    await expect.poll(() => page.locator('.wf-row').count()).toBe(5);
    await expect
      .poll(() => row(page, 'look around').locator('.wf-bar.bar-completed').count())
      .toBe(1);
    await expect
      .poll(() => row(page, 'open the door').locator('.wf-bar.bar-failed').count())
      .toBe(1);
    await expect
      .poll(() => row(page, 'open the door').locator('.wf-bar.bar-completed').count())
      .toBe(1);
    await expect.poll(() => page.locator('.wf-tool, .wf-turn, .wf-sleep').count()).toBe(3);
  });

  it('tells the tries of a step, their errors and what it came to', async () => {
    const { page } = await inspector.open('runs/house?panel=steps');
    await row(page, 'open the door').getByRole('button').click();
    await expect.poll(() => details(page).locator('.step-try').count()).toBe(2);
    const text = await details(page).innerText();
    expect(text).toContain('2 tries');
    expect(text).toContain('DOOR_LOCKED the door was locked');
    expect(new URL(page.url()).searchParams.get('step')).toBe('open the door');
  });

  it('shows a step run that had not ended at the moment, and none that had not begun', async () => {
    const { page } = await inspector.open('runs/house?panel=steps&seq=4&step=look around');
    await expect.poll(() => details(page).innerText()).toContain('running');
    expect(await details(page).innerText()).not.toContain('attic');
    expect(await row(page, 'open the door').count()).toBe(0);
    await page.getByRole('slider', { name: 'Event' }).focus();
    await page.keyboard.press('End');
    await expect.poll(() => details(page).innerText()).toContain('attic');
    await expect.poll(() => row(page, 'open the door').count()).toBe(1);
  });

  it('goes to the moment at which a step began', async () => {
    const { page } = await inspector.open('runs/house?panel=steps&step=look around');
    await details(page).getByRole('button', { name: 'Go to its beginning' }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get('seq')).toBe('4');
    await expect.poll(() => details(page).innerText()).toContain('running');
  });

  it('is used by the keyboard, and finds a step by its name', async () => {
    const { page } = await inspector.open('runs/house?panel=steps');
    const chosen = (): string | null => new URL(page.url()).searchParams.get('step');
    await row(page, 'look around').getByRole('button').focus();
    await page.keyboard.press('Enter');
    await expect.poll(chosen).toBe('look around');
    await page.keyboard.press('ArrowDown');
    await expect.poll(chosen).toBe('tool:5');
    const focused = () => page.evaluate('document.activeElement?.dataset.step');
    await expect.poll(focused).toBe('tool:5');
    await page.getByLabel('Find a step by its name').fill('DOOR');
    await expect.poll(() => page.locator('.wf-row').count()).toBe(1);
  });

  it('zooms in and fits again', async () => {
    const { page } = await inspector.open('runs/many?panel=steps');
    const fit = page.getByRole('button', { name: 'Fit' });
    const widthOf = async (): Promise<number> => {
      const box = await page.locator('.wf-bar').first().boundingBox();
      return box?.width ?? 0;
    };
    await page.locator('.wf-bar').first().waitFor();
    expect(await fit.isDisabled()).toBe(true);
    const before = await page.locator('.wf-tick').allInnerTexts();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await expect.poll(() => page.locator('.wf-tick').allInnerTexts()).not.toEqual(before);
    await fit.click();
    await expect.poll(() => page.locator('.wf-tick').allInnerTexts()).toEqual(before);
    expect(await widthOf()).toBeGreaterThanOrEqual(3);
  });

  it('has of thousands of steps only those in view, and brings the chosen one there', async () => {
    const { page } = await inspector.open('runs/many?panel=steps&step=step 2900');
    await expect.poll(() => row(page, 'step 2900').count()).toBe(1);
    expect(await page.locator('.wf-row').count()).toBeLessThan(60);
    await expect.poll(() => details(page).innerText()).toContain('2900');
  });

  it('keeps nobody out', async () => {
    const { page } = await inspector.open('runs/house?panel=steps&step=open the door');
    await details(page).waitFor();
    expect(await axeInLightAndDark(page)).toEqual([]);
  });

  it('fits a narrow screen', async () => {
    const { page } = await inspector.open('runs/house?panel=steps', {
      viewport: { width: 390, height: 844 },
    });
    await row(page, 'sleep').waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
  });
});
