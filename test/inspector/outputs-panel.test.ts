import { buffer } from 'node:stream/consumers';
import type { Page } from 'playwright-core';
import type { OutputRecord } from 'runchart';
import { beforeAll, describe, expect, it } from 'vitest';
import { axeInLightAndDark } from './support/axe-violations.ts';
import { useInspector } from './support/use-inspector.ts';

const inspector = useInspector({ empty: true });

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAYAAABytg0kAAAAFElEQVR4nGP8z8Dwn4GBgYGJAQoAHxcCAr7pWqQAAAAASUVORK5CYII=',
  'base64',
);
const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><path d="M0 0h9v9z"/></svg>';
/** More than is loaded without being asked for. */
const LONG = 'a line of a long log\n'.repeat(70_000);

let given: Readonly<
  Record<'text' | 'png' | 'svg' | 'csv' | 'json' | 'log' | 'binary', OutputRecord>
>;

beforeAll(async () => {
  const { runtime } = inspector.demo;
  const before = await runtime.open({ runId: 'before', prompt: 'What was there before' });
  const source = await before.outputs.artifact('source', { lines: 3 });
  const run = await runtime.open({ runId: 'giver', prompt: 'Gives out something of each kind' });
  await run.record({ type: 'run.started' });
  const { outputs } = run;
  const bytes = (
    name: string,
    mime: string,
    content: string | Uint8Array,
    parentRefs: readonly string[] = [],
  ): Promise<OutputRecord> =>
    outputs.bytes(name, typeof content === 'string' ? Buffer.from(content) : content, {
      fileName: name,
      mime,
      parentRefs,
      producer: 'press',
    });
  await outputs.progress('drawing', 'two pictures');
  const text = await outputs.artifact('letter', 'Dear reader,\nall is well.');
  const png = await bytes('dots.png', 'image/png', PNG, [text.id, source.id]);
  const svg = await bytes('drawing.svg', 'image/svg+xml', SVG, [text.id]);
  const csv = await bytes('prices.csv', 'text/csv', 'thing,price\n"desk, oak",420\nlamp,65\n');
  const json = await bytes('tree.json', 'application/json', '{"branches":{"left":1}}', [svg.id]);
  const log = await bytes('long.log', 'text/plain', LONG);
  const binary = await bytes('program.wasm', 'application/wasm', Buffer.from([0, 97, 115, 109]));
  await outputs.final({ ok: 'yes' }, { parentRefs: [json.id, png.id] });
  given = { text, png, svg, csv, json, log, binary };
}, 60_000);

const details = (page: Page) => page.locator('.output-details');
const open = async (kind: keyof typeof given, more = ''): Promise<Page> => {
  const path = `runs/giver?panel=outputs&output=${given[kind].id}${more}`;
  const { page } = await inspector.open(path);
  await details(page).waitFor();
  return page;
};

describe('the outputs of a run', () => {
  it('are listed with kind, name, producer and size, and filtered by them', async () => {
    const { page } = await inspector.open('runs/giver?panel=outputs');
    const rows = page.locator('.output');
    await expect.poll(() => rows.count()).toBe(9);
    await expect.poll(() => rows.nth(0).innerText()).toContain('two pictures');
    await expect.poll(() => rows.filter({ hasText: 'long.log' }).innerText()).toContain('1.4 MiB');
    await page.getByLabel('Producer').selectOption('press');
    await expect.poll(() => rows.count()).toBe(6);
    await page.getByLabel('Kind of output').selectOption('progress');
    await expect.poll(() => page.getByText('No output fits').count()).toBe(1);
  });

  it.each(['png', 'svg'] as const)('a picture is drawn: %s', async (kind) => {
    const page = await open(kind);
    const image = page.locator('.picture img');
    await image.waitFor();
    const width = (): Promise<number> =>
      image.evaluate((drawn) => (drawn as unknown as { naturalWidth: number }).naturalWidth);
    await expect.poll(width).toBe(kind === 'png' ? 2 : 30);
    await expect.poll(() => image.getAttribute('src')).toMatch(/^blob:/);
  });

  it('a text has the numbers of its lines, JSON is a tree, a small table is a table', async () => {
    const text = await open('text');
    await expect
      .poll(() => text.locator('.text-line').allInnerTexts())
      .toEqual(['Dear reader,', 'all is well.']);
    const json = await open('json');
    await expect.poll(() => details(json).locator('.json').innerText()).toContain('left: 1');
    const csv = await open('csv');
    await csv.locator('.table-view table').waitFor();
    await expect.poll(() => csv.locator('th').allInnerTexts()).toEqual(['thing', 'price']);
    await expect.poll(() => csv.locator('td').first().innerText()).toBe('desk, oak');
  });

  it('what is big is loaded when a person asks for it', async () => {
    const asked: string[] = [];
    const { page, quiet } = await inspector.open('runs/giver?panel=outputs');
    page.on('request', (request) => asked.push(request.url()));
    await page.locator('.output', { hasText: 'long.log' }).click();
    await details(page).waitFor();
    await quiet();
    expect(asked.filter((url) => url.endsWith('/content'))).toEqual([]);
    await page.getByRole('button', { name: 'Load 1.4 MiB' }).click();
    await expect.poll(() => page.locator('.text-line').count()).toBe(1_000);
  });

  it.each(['png', 'log', 'binary', 'text'] as const)(
    'are downloaded as they were given out, with their name: %s',
    async (kind) => {
      const page = await open(kind);
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Download' }).click(),
      ]);
      const bytes = await buffer(await download.createReadStream());
      const wanted = {
        png: ['dots.png', PNG],
        log: ['long.log', Buffer.from(LONG)],
        binary: ['program.wasm', Buffer.from([0, 97, 115, 109])],
        text: ['letter.txt', Buffer.from('Dear reader,\nall is well.')],
      } as const;
      const [name, content] = wanted[kind];
      expect(download.suggestedFilename()).toBe(name);
      expect(bytes.equals(content)).toBe(true);
    },
  );

  it('that were not given out yet are not there', async () => {
    const page = await open('json', '&seq=5');
    await page.getByText('It was not given out yet').waitFor();
    await expect.poll(() => page.locator('.output').count()).toBe(3);
    await page.getByRole('button', { name: /Go to event/ }).click();
    await expect.poll(() => details(page).locator('.json').count()).toBe(1);
    await expect.poll(() => page.locator('.output', { hasText: 'tree.json' }).count()).toBe(1);
  });

  it('show what they were made from, also of other runs', async () => {
    const page = await open('png', '&as=lineage');
    const nodes = page.locator('.lineage-node');
    await expect.poll(() => page.locator('a.lineage-node').innerText()).toContain('of before');
    await expect.poll(() => nodes.count()).toBe(6);
    await expect.poll(() => page.locator('.lineage-edges path').count()).toBe(6);
    await nodes.filter({ hasText: 'drawing.svg' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.output-head').innerText()).toContain('drawing.svg');
    await page.locator('a.lineage-node').click();
    await expect.poll(() => page.url()).toContain('runs/before?panel=outputs&output=');
    await expect.poll(() => page.locator('.output-head').innerText()).toContain('source');
  });

  it('show of the lineage what was there at the moment', async () => {
    const { page } = await inspector.open('runs/giver?panel=outputs&as=lineage&seq=5');
    await expect.poll(() => page.locator('.lineage-node').count()).toBe(3);
  });

  it('keep nobody out', async () => {
    for (const more of ['', '&as=lineage']) {
      const path = `runs/giver?panel=outputs&output=${given.csv.id}${more}`;
      const { page } = await inspector.open(path);
      await page.locator('.table-view table').waitFor();
      expect(await axeInLightAndDark(page)).toEqual([]);
    }
  });
});
