import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CODE_MUTANTS } from './support/code-mutants/index.ts';
import { findMisfits } from './support/find-misfits.ts';
import { SIMULATION_MUTANTS } from './support/simulation-mutants.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const CODE = CODE_MUTANTS.map((mutant) => ({ ...mutant, text: mutant.find }));
const SIMULATED = SIMULATION_MUTANTS.flatMap(({ name, changes }) =>
  changes.map(({ file, text, replacement }) => ({
    name,
    file: join('src', file),
    text,
    replace: replacement,
  })),
);

describe.each([
  ['faults of the source', CODE, CODE_MUTANTS],
  ['faults of the simulation', SIMULATED, SIMULATION_MUTANTS],
] as const)('%s', (_, changes, faults) => {
  it('each finds its text exactly once in the source as it is', () => {
    expect(findMisfits(ROOT, changes)).toEqual([]);
  });

  it('each changes something', () => {
    const idle = changes.filter(({ text, replace }) => text === replace);
    expect(idle).toEqual([]);
  });

  it('each has a name of its own', () => {
    const names = faults.map((fault) => ('part' in fault ? `${fault.part}: ` : '') + fault.name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
});

it('the tests that are to notice a fault of the source are there', () => {
  const lost = CODE.flatMap(({ name, tests }) =>
    tests.filter((test) => !existsSync(join(ROOT, test))).map((test) => `"${name}": ${test}`),
  );
  expect(lost).toEqual([]);
  expect(CODE.filter(({ tests }) => tests.length === 0)).toEqual([]);
});

describe('a text that has moved on is told', () => {
  const place = { name: 'a fault', file: 'package.json' };

  it.each([
    ['that is not there any more', { ...place, text: '"naem":' }, 'has its text 0 times'],
    ['that is there twice', { ...place, text: '"types":' }, 'has its text'],
    ['of a file that went', { ...place, file: 'gone.ts', text: '' }, 'there is no gone.ts'],
  ])('%s', (_, misfit, words) => {
    expect(findMisfits(ROOT, [misfit])).toEqual([expect.stringContaining(words)]);
  });
});
