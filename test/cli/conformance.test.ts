import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../support/built.ts';
import { type Cli, linesOf, useCli } from './support/cli.ts';

const createCli = useCli();

/** A command line in a folder with a module of stores, which can import the package. */
function cliWith(module: string): Cli {
  const cli = createCli();
  mkdirSync(join(cli.folder, 'node_modules'));
  symlinkSync(root, join(cli.folder, 'node_modules/runchart'), 'junction');
  const imports = `
    import { memory } from 'runchart/memory';
    import { sqlite } from 'runchart/sqlite';
    import type { Stores } from 'runchart/stores';
  `;
  writeFileSync(join(cli.folder, 'my-store.ts'), imports + module);
  return cli;
}

describe('runchart conformance', () => {
  it('passes stores that keep every contract, and tells what it has left out, and why', async () => {
    const cli = cliWith('export default (): Stores => memory();');
    const { code, out, err } = await cli.bin('conformance', './my-store.ts', '--quick');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      /^left out stores: .*: the store does not declare the capability "shared"$/m,
    );
    expect(out).toMatch(
      /^left out stores: .*: the store does not declare the capability "durable"$/m,
    );
    expect(out).toMatch(/^left out .*: it is slow, and the run is a quick one$/m);
    expect(out.trimEnd().split('\n').at(-1)).toMatch(/^\d+ cases: all passed, \d+ left out$/);
  });

  it('asks everything of stores that declare everything, in a folder for each case', async () => {
    const cli = cliWith(`
      export const createStores = (place: string): Stores => sqlite(place + '/runs.db', { writer: 'inline' });
    `);
    const { code, out } = await cli.bin('conformance', 'my-store.ts', '--only', 'handle');
    expect([code, out]).toEqual([0, expect.stringMatching(/^\d\d cases: all passed\n$/)]);
  });

  it('names each case that failed, with what was expected and what came, and exits with 1', async () => {
    const cli = cliWith(`
      export const stores = {
        createStores: () => {
          const stores = memory();
          return { ...stores, forget: async () => [] };
        },
      };
    `);
    const { code, out } = await cli.bin('conformance', 'my-store.ts', '--only', 'retention');
    expect(code).toBe(1);
    expect(out).toContain(
      "failed   retention: a run that has an owner is not forgotten: expected 'run_2' at [0], got nothing\n",
    );
    expect(out).toMatch(/^\d+ cases: \d failed$/m);
    const told = await cli.bin('conformance', 'my-store.ts', '--only', 'there', '--json');
    const results = linesOf<{ outcome: string; name: string; reason: string | null }>(told);
    const outcomes = new Set(results.map(({ outcome }) => outcome));
    expect(outcomes).toEqual(new Set(['passed', 'failed', 'left-out']));
    for (const { outcome, reason } of results) expect(reason === null).toBe(outcome === 'passed');
  });

  it('ends although a store hangs, and says so of the case that waited', async () => {
    const cli = cliWith(`
      setInterval(() => {}, 60_000);
      export default (): Stores => {
        const stores = memory();
        return { ...stores, compact: () => new Promise<void>(() => {}) };
      };
    `);
    const { code, out } = await cli.bin(
      'conformance',
      'my-store.ts',
      '--only',
      'compacting',
      '--timeout',
      '0.5',
    );
    expect(code).toBe(1);
    expect(out).toMatch(/^failed .*: the case did not end within 0.5 seconds$/m);
  });

  it('says that no case has the text that is asked for', async () => {
    const cli = cliWith('export default (): Stores => memory();');
    const { code, err } = await cli.bin('conformance', 'my-store.ts', '--only', 'weather');
    expect([code, err]).toEqual([2, 'runchart: USAGE: no case has "weather" in it\n']);
  });

  it.each([
    ['', 'exports no stores; it needs a default export'],
    ['export default memory();', 'exports stores that are made already'],
    ['export default 7;', 'exports no stores'],
    ['throw new Error("not today");', 'cannot be loaded: UNEXPECTED: not today'],
  ])('refuses a module that is %j', async (module, why) => {
    const { code, out, err } = await cliWith(module).bin('conformance', 'my-store.ts');
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(why);
    expect(err).toMatch(/^runchart: USAGE: [^\n]*\n$/);
  });

  it('tells of stores that cannot even be made', async () => {
    const cli = cliWith('export default (): Stores => { throw new Error("no disk"); };');
    const { code, err } = await cli.bin('conformance', 'my-store.ts');
    expect([code, err]).toEqual([1, 'runchart: UNEXPECTED: no disk\n']);
  });
});
