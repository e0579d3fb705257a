/**
 * Pictures of every view of the inspector: `node scripts/inspector-screenshots.ts [FOLDER] [--only NAME,NAME]`.
 * Without a folder they go to docs/images. Each view is there light and dark, on a phone and on a desk.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Runtime } from 'runchart';
import { launchChromium } from '../test/inspector/support/chromium.ts';
import { SCHEMES, SIZES, VIEWS } from '../test/inspector/support/views.ts';
import { watchedPage } from '../test/inspector/support/watched-page.ts';
import { problemOfBuild, root } from '../test/support/built.ts';
import { openDemo } from './inspector-demo/open-demo.ts';

/** What tests look at, and the long one. */
const PICTURES: Readonly<Record<string, string>> = { ...VIEWS, 'run-big': 'runs/big' };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' } },
});
const problem = problemOfBuild();
if (problem !== undefined) throw new Error(problem);

const [images = join(root, 'docs/images')] = positionals;
const only = values.only?.split(',') ?? Object.keys(PICTURES);
mkdirSync(images, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), 'runchart-screenshots-'));
try {
  await using demo = await openDemo({ folder, big: only.includes('run-big') });
  await using browser = await launchChromium();
  for (const colorScheme of SCHEMES) {
    for (const viewport of Object.values(SIZES)) {
      const context = await browser.newContext({ colorScheme, viewport });
      const { page, go, faults } = await watchedPage(context, demo.url);
      for (const name of only) {
        const address = PICTURES[name];
        if (address === undefined) throw new Error(`There is no view ${name}.`);
        await go(address);
        // What a runtime does is only seen while it does something.
        if (name === 'runtime') await makeBusy(demo.runtime);
        const path = join(images, `${name}-${colorScheme}-${viewport.width}.png`);
        await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
        console.log(path);
      }
      for (const fault of Object.values(faults()).flat()) console.error(fault);
      await context.close();
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Starts runs for some seconds, more and less of them at a time. */
async function makeBusy(runtime: Runtime): Promise<void> {
  for (let turn = 0; turn < 60; turn += 1) {
    const atOnce = 1 + Math.round(3 * Math.sin(turn / 6) ** 2);
    const input = { repository: root, folder: 'docs' };
    for (let i = 0; i < atOnce; i += 1) {
      await runtime.start('measure-folder', { input, prompt: 'docs, again' });
    }
    await sleep(200);
  }
}
