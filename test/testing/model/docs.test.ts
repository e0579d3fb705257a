import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { COMMAND_KINDS } from '../../../src/testing/model/index.ts';
import { modelReport } from '../../support/model-report.ts';

const BEGIN = '<!-- model:begin -->';
const END = '<!-- model:end -->';

const text = await readFile(new URL('../../../docs/model.md', import.meta.url), 'utf8');

it('docs/model.md has what `npm run model` prints, and every kind of command comes in it', async () => {
  const printed = await modelReport();
  const kept = text.slice(text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END));
  expect(printed.trim()).toBe(kept.trim());
  for (const kind of COMMAND_KINDS) expect(kept).toMatch(new RegExp(`^\\| ${kind} \\| [1-9]`, 'm'));
}, 60_000);
