import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { axeViolations } from './support/axe-violations.ts';
import { useInspector } from './support/use-inspector.ts';

const inspector = useInspector();

/** The form of the question, above the run. */
function card(page: Page) {
  return page.getByRole('region', { name: 'Open questions' });
}

describe('a question of a run', () => {
  it('is answered in place: what is wrong is told at its field, then the run goes on', async () => {
    const { page } = await inspector.open('runs/review-waiting');
    const form = card(page);
    await form.getByRole('button', { name: 'Answer', exact: true }).click();
    await expect.poll(() => form.getByText('This has to be given.').count()).toBe(2);
    await form.getByRole('radio', { name: 'No' }).check();
    await form.getByRole('radio', { name: 'team' }).check();
    expect(await form.getByText('This has to be given.').count()).toBe(0);
    await form.getByRole('textbox', { name: 'note' }).fill('Not yet.');
    await form.getByRole('button', { name: 'Answer', exact: true }).click();
    await page.getByRole('banner').waitFor();
    await form.waitFor({ state: 'detached' });
    const run = await inspector.demo.runtime.get('review-waiting');
    expect(await run.result()).toMatchObject({ audience: 'team' });
    await page.getByText('completed', { exact: true }).first().waitFor();
    await page.getByRole('tab', { name: /Questions/ }).click();
    await page.getByText(/^answered after/).waitFor();
    await page.getByText('Not yet.').waitFor();
  });

  it('takes JSON too, and says where it is at fault', async () => {
    const { page } = await inspector.open('runs/review-resumed');
    const form = card(page);
    await form.getByRole('radio', { name: 'JSON' }).check();
    const text = form.getByRole('textbox', { name: 'Your answer' });
    await text.fill('{"publish": tru}');
    await form.getByText(/This is no JSON yet.*line 1, column 13/).waitFor();
    await text.fill('{"publish": "maybe", "audience": "team", "note": ""}');
    await form.getByText(/publish: This has to be of type boolean/).waitFor();
    await expect.poll(() => text.getAttribute('aria-invalid')).toBe('true');
  });

  it('that somebody else answers meanwhile says so, and what the answer was', async () => {
    const { page } = await inspector.open('runs/review-resumed');
    await card(page).getByRole('textbox', { name: 'note' }).fill('I was about to say');
    const run = await inspector.demo.runtime.get('review-resumed');
    const [asked] = await run.interrupts.list();
    if (asked === undefined) throw new TypeError('Expected an open question');
    const value = { publish: false, audience: 'everybody', note: 'I was faster.' };
    await run.interrupts.resolve(asked.id, asked.token, value);
    await page.getByText(/was settled meanwhile, not by what you have put in/).waitFor();
    await page.getByText('I was faster.').first().waitFor();
    await page.getByRole('button', { name: 'I have seen it' }).click();
    await card(page).waitFor({ state: 'detached' });
  });

  it.each(['light', 'dark'] as const)('is open to everybody, in %s', async (colorScheme) => {
    const { page } = await inspector.open('runs/purchase-waiting?panel=questions', { colorScheme });
    await card(page).getByRole('radio', { name: 'Yes' }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await card(page).getByRole('button', { name: 'Answer', exact: true }).click();
    await card(page).getByText('This has to be given.').waitFor();
    expect(await axeViolations(page)).toEqual([]);
  });

  it('of a run that is cancelled while it is answered says that the run ended first', async () => {
    const { page } = await inspector.open('runs/purchase-waiting');
    await card(page).getByRole('radio', { name: 'Yes' }).check();
    const run = await inspector.demo.runtime.get('purchase-waiting');
    await run.cancel();
    await card(page).getByText('The run ended first.').waitFor();
    expect(await card(page).getByRole('button', { name: 'Answer', exact: true }).count()).toBe(0);
  });

  it('is shown as it was at the moment that is scrubbed to, without a form', async () => {
    const run = await inspector.demo.runtime.get('review-published');
    let seq = 0;
    for await (const envelope of run.events({ live: false })) {
      if (envelope.event.type === 'interrupt.requested') seq = envelope.seq;
    }
    const { page } = await inspector.open(`runs/review-published?seq=${seq}&panel=questions`);
    const note = page.getByRole('region', { name: 'Questions that were open' });
    await note.getByText(/Publish this review/).waitFor();
    const panel = page.getByRole('tabpanel');
    await panel.getByText('open', { exact: true }).waitFor();
    expect(await page.getByRole('button', { name: 'Answer', exact: true }).count()).toBe(0);
    expect(await panel.getByText('Have a look at what is said twice.').count()).toBe(0);
  });
});
