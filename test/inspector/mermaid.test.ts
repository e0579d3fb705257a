import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import { supervisorMachine } from '../../src/actors/supervisor-machine.ts';
import { chartOf, machineDiagram, RUN_STATUSES, runMachine } from '../../src/machines/index.ts';
import { checkout, odd, randomMachine } from '../diagram/support.ts';
import { type Chromium, launchChromium } from './support/chromium.ts';

const MERMAID = fileURLToPath(import.meta.resolve('mermaid/dist/mermaid.min.js'));

let browser: Chromium | undefined;
let page: Page | undefined;

beforeAll(async () => {
  browser = await launchChromium();
  page = await browser.context.newPage();
  await page?.addScriptTag({ path: MERMAID });
});

afterAll(async () => browser?.close());

/** The words of the picture that mermaid draws; rejects with what it says about the text. */
async function drawn(text: string): Promise<string | undefined> {
  return page?.evaluate(async (text) => {
    const { mermaid } = globalThis as unknown as { mermaid: Mermaid };
    mermaid.initialize({ startOnLoad: false, theme: 'default' });
    const { svg } = await mermaid.render(`m${String(Math.random()).slice(2)}`, text);
    const { document } = globalThis as unknown as { document: Page0 };
    const box = document.createElement('div');
    box.innerHTML = svg;
    return box.textContent.replaceAll(/\s+/gu, '');
  }, text);
}

interface Mermaid {
  initialize(options: object): void;
  render(id: string, text: string): Promise<{ svg: string }>;
}

interface Page0 {
  createElement(tag: string): { innerHTML: string; readonly textContent: string };
}

async function expectDrawn(
  machine: AnyStateMachine,
  active: readonly string[] = [],
): Promise<void> {
  const text = await drawn(machineDiagram(machine, { active }));
  if (text === undefined) return;
  expect(text).not.toMatch(/syntax error/iu);
  for (const { name } of chartOf(machine).states) {
    expect(text, name).toContain(name.replaceAll(/\s+/gu, ''));
  }
}

describe('mermaid draws', () => {
  it('the chart of runs, in every status', async () => {
    await expectDrawn(runMachine);
    const { states } = chartOf(runMachine);
    for (const status of RUN_STATUSES) {
      await expectDrawn(
        runMachine,
        states.filter(({ name }) => name === status).map(({ id }) => id),
      );
    }
  });

  it('the supervisor', () => expectDrawn(supervisorMachine));

  it('a machine with parallel and nested states, timers, guards, invocations and history', () =>
    expectDrawn(checkout, ['paying.card.asking']));

  it('names with quotes, dots, spaces, other scripts and words of its own', () => expectDrawn(odd));

  it('machines of any shape', async () => {
    const seed = Date.now() % 100_000;
    for (let i = 0; i < 5; i += 1) {
      const machine = randomMachine(seed + i);
      await expectDrawn(machine).catch((error: unknown) => {
        throw new Error(`seed ${seed + i}\n${machineDiagram(machine)}`, { cause: error });
      });
    }
  });
});
