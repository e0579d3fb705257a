import { describe, expect, it } from 'vitest';
import { memory } from '../../src/stores/memory/index.ts';
import { chainHash, chainStart, type Stores } from '../../src/stores/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { commitOf, fill } from '../../src/testing/cases/builders.ts';
import { chainCases, chainlessCases } from '../support/chain-cases.ts';
import { betterSqlite3, openFor, temporaryFile } from './backends.ts';

type Open = (options: { readonly chain: boolean }) => Promise<Stores>;

const backends: Readonly<Record<string, Open>> = {
  memory: async (options) => memory(options),
  'sqlite, worker': async (options) => sqlite(await temporaryFile(), options),
  'sqlite, inline': async (options) =>
    sqlite(await temporaryFile(), { ...options, writer: 'inline' }),
  'sqlite, better-sqlite3': async (options) =>
    sqlite(await temporaryFile(), { ...options, driver: betterSqlite3 }),
};

for (const [name, create] of Object.entries(backends)) {
  describe(`the chain of hashes on ${name}`, () => {
    const on = { create: async () => openFor(await create({ chain: true })) };
    const off = { create: async () => openFor(await create({ chain: false })) };
    for (const each of chainCases) it(each.name, () => each.run(on));
    for (const each of chainlessCases) it(`off: ${each.name}`, () => each.run(off));
  });
}

describe('a file that some open with a chain and others without', () => {
  it('has runs with a chain and runs without, and each stays what it is, whoever writes', async () => {
    const path = await temporaryFile();
    const on = await openFor(sqlite(path, { chain: true }));
    const off = await openFor(sqlite(path, { writer: 'inline' }));
    await fill(on.events, 'run_on', 1);
    await fill(off.events, 'run_off', 1);
    for (let seq = 1; seq < 9; seq += 1) {
      // Two of each in a row, so that each also builds on what it wrote itself.
      const { events } = seq % 4 < 2 ? on : off;
      const outcomes = await events.append([commitOf('run_on', seq), commitOf('run_off', seq)]);
      expect(outcomes).toEqual([{ kind: 'stored' }, { kind: 'stored' }]);
    }
    const chainOf = async (runId: string) =>
      (await off.events.read(runId, { limit: 99, chain: true })).chain;
    const chain = await chainOf('run_on');
    expect(chain?.hashes.filter((hash) => hash === null)).toEqual([]);
    expect(new Set(chain?.hashes).size).toBe(9);
    expect(chain?.head).toBe(chain?.hashes.at(-1));
    expect(await chainOf('run_off')).toMatchObject({
      head: null,
      hashes: Array.from({ length: 9 }, () => null),
    });
  });

  it('has no break where two write to one run at once and one of them is refused', async () => {
    const path = await temporaryFile();
    const writers = await Promise.all(
      [{ chain: true }, { chain: false, writer: 'inline' as const }].map((options) =>
        openFor(sqlite(path, options)),
      ),
    );
    const [first] = writers;
    if (first === undefined) throw new Error('two writers were opened');
    await fill(first.events, 'run_1', 1);
    for (let seq = 1; seq < 40; seq += 1) {
      const outcomes = await Promise.all(
        writers.map(({ events }) => events.append([commitOf('run_1', seq)])),
      );
      expect(
        outcomes
          .flat()
          .map(({ kind }) => kind)
          .sort(),
      ).toEqual(['refused', 'stored']);
    }
    const page = await first.events.read('run_1', { limit: 99, chain: true });
    let last = chainStart('run_1');
    const links = page.events.map((event) => (last = chainHash(last, event)));
    expect(page.chain?.hashes).toEqual(links);
    expect(page.chain?.head).toBe(last);
  });
});
