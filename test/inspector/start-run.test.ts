import { expect, it } from 'vitest';
import { axeViolations } from './support/axe-violations.ts';
import { useInspector } from './support/use-inspector.ts';

const inspector = useInspector({ empty: true });

it('a run is started from its form: what is wrong is told at its field, then the page goes to the run', async () => {
  const { page } = await inspector.open();
  await page.getByRole('button', { name: 'Start a run…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Start a run' });
  await dialog.getByRole('combobox', { name: 'Definition' }).selectOption('await-file');
  await dialog.getByRole('textbox', { name: 'path' }).fill('no/such/file');
  await dialog.getByRole('textbox', { name: 'everyMs' }).fill('0');
  await dialog.getByText('This has to be more than 0.').waitFor();
  await dialog.getByRole('button', { name: 'Start await-file' }).click();
  expect(await dialog.isVisible()).toBe(true);
  expect(await axeViolations(page)).toEqual([]);
  await dialog.getByRole('textbox', { name: 'everyMs' }).fill('60000');
  await dialog.getByRole('textbox', { name: 'Prompt' }).fill('Wait a while');
  await dialog.getByText('More', { exact: true }).click();
  await dialog.getByRole('textbox', { name: 'Session' }).fill('waiting');
  await dialog.getByRole('button', { name: 'Start await-file' }).click();
  await page.getByRole('heading', { name: 'Wait a while' }).waitFor();
  const { runs } = await inspector.demo.runtime.list();
  expect(runs.map(({ snapshot }) => [snapshot.sessionId, snapshot.definition])).toEqual([
    ['waiting', 'await-file'],
  ]);
  await (await inspector.demo.runtime.get(runs[0]?.snapshot.runId ?? '')).cancel();
});
