import { describe, expect, it } from 'vitest';
import { axeViolations } from './support/axe-violations.ts';
import { useInspector } from './support/use-inspector.ts';

const inspector = useInspector();

describe('the checkpoints of a run', () => {
  it('are compared by two, which stand in the address', async () => {
    const { page } = await inspector.open('runs/review-published?panel=checkpoints');
    const values = page.getByRole('region', { name: 'The values of the checkpoint' });
    await values.getByRole('heading', { name: 'From super-step 2 to 3' }).waitFor();
    await values.locator('summary', { hasText: 'findings' }).waitFor();
    await page.getByRole('radio', { name: 'Look at super-step 2' }).check();
    await values.getByRole('heading', { name: 'From super-step 1 to 2' }).waitFor();
    await values.getByText('folders measured').first().waitFor();
    await page.getByRole('radio', { name: 'Look at super-step 3' }).check();
    await page.getByRole('radio', { name: 'Compare with super-step 1' }).check();
    await values.getByRole('heading', { name: 'From super-step 1 to 3' }).waitFor();
    const { searchParams } = new URL(page.url());
    expect([searchParams.get('checkpoint'), searchParams.get('against')]).toEqual(['3', '1']);
    await page.reload();
    await values.getByRole('heading', { name: 'From super-step 1 to 3' }).waitFor();
    await values.getByText('functionLines').waitFor({ state: 'hidden' });
    await values.getByRole('radio', { name: 'Values' }).check();
    await values.getByText('functionLines').waitFor();
  });

  it('are those that were kept by the moment that is looked at', async () => {
    const run = await inspector.demo.runtime.get('review-published');
    const seqs: number[] = [];
    for await (const { seq, event } of run.events({ live: false })) {
      if (event.type === 'checkpoint.saved') seqs.push(seq);
    }
    const [, second = 0] = seqs;
    const { page } = await inspector.open(`runs/review-published?panel=checkpoints&seq=${second}`);
    const list = page.getByRole('region', { name: 'Checkpoints' });
    await list.getByRole('radio', { name: 'Look at super-step 2' }).waitFor();
    expect(await list.getByRole('radio', { name: 'Look at super-step 3' }).count()).toBe(0);
  });

  it.each(['light', 'dark'] as const)('are open to everybody, in %s', async (colorScheme) => {
    const address = 'runs/review-published?panel=checkpoints&checkpoint=3&against=1';
    const { page } = await inspector.open(address, { colorScheme });
    await page.locator('summary', { hasText: 'findings' }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
  });
});

describe('a fork', () => {
  it('with an edit that is refused says why, and begins with one that is not', async () => {
    const address = 'runs/review-published?panel=checkpoints';
    const { page } = await inspector.open(address, { expected: [422] });
    await page.getByRole('button', { name: 'Fork from super-step 1' }).click();
    const dialog = page.getByRole('dialog', { name: 'Fork this run' });
    await dialog.getByText('It was kept by event').waitFor();
    await dialog.getByRole('button', { name: 'edit limits' }).click();
    const text = dialog.getByRole('textbox', { name: 'limits, as JSON' });
    const submit = dialog.getByRole('button', { name: 'Fork from super-step 1' });
    await text.fill('{ "functionLines": 50');
    await dialog.getByText(/This is no JSON yet/).waitFor();
    expect(await submit.isDisabled()).toBe(true);
    await text.fill('{ "functionLines": "many", "fileLines": 300 }');
    await dialog.getByText(/Channel "limits" was not written/).waitFor();
    expect(await submit.isDisabled()).toBe(true);
    await expect.poll(() => text.getAttribute('aria-invalid')).toBe('true');
    await text.fill('{ "functionLines": 50, "fileLines": 300 }');
    const begins = dialog.getByRole('region', { name: 'What the fork would begin with' });
    await begins.getByText('1 changed').first().waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await dialog.getByRole('textbox', { name: 'Prompt' }).fill('With other limits');
    await submit.click();
    await page.getByRole('heading', { name: 'With other limits' }).waitFor();
    await page.getByText('fork of').waitFor();
    const runId = decodeURIComponent(new URL(page.url()).pathname.split('/').at(-1) ?? '');
    expect(runId).not.toBe('review-published');
    const fork = await inspector.demo.runtime.get(runId);
    const { values } = await fork.checkpoints.load(1);
    expect(values['limits']).toEqual({ functionLines: 50, fileLines: 300 });
    await fork.cancel();
  });

  it('merges by the reducers when it is asked to', async () => {
    const { page } = await inspector.open('runs/review-published');
    await page.getByRole('button', { name: 'Fork…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'edit scores' }).click();
    await dialog.getByRole('checkbox', { name: /Merge by/ }).check();
    await dialog.getByRole('textbox', { name: /scores, as JSON/ }).fill('{ "more": 1 }');
    const begins = dialog.getByRole('region', { name: 'What the fork would begin with' });
    await begins.getByText('1 added').first().waitFor();
    await begins.getByText('more', { exact: true }).waitFor();
  });

  it('of a run without checkpoints cannot be: it can be started once more, with the same input', async () => {
    const { page } = await inspector.open('runs/release-ready');
    await page.getByRole('button', { name: 'Fork…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('This run has kept no checkpoint, so nothing can be forked.').waitFor();
    await dialog.getByRole('textbox', { name: 'version' }).fill('98.0.0');
    await dialog.getByRole('button', { name: 'Start release-check' }).click();
    await page.waitForURL((url) => !url.pathname.endsWith('release-ready'));
    await page.getByText('release-check').first().waitFor();
    const runId = decodeURIComponent(new URL(page.url()).pathname.split('/').at(-1) ?? '');
    const { snapshot } = await inspector.demo.runtime.info(runId);
    expect(snapshot.definition).toBe('release-check');
  });
});
