import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type AnyDefinition, defineRun, type OutputRecord, type Stores } from '../../src/index.ts';
import { crashableStores } from '../../src/testing/index.ts';
import {
  codeOf,
  eventually,
  expectSound,
  open,
  PLACES,
  temporaryFolder,
} from '../support/runtime/helpers.ts';

const LIMITS = { inlineOutputBytes: 20 };
const BIG = { text: 'more than twenty bytes of JSON' };

/** Starts a run in a runtime that dies after its n-th write. Answers the run's id. */
async function crashAfter(
  stores: Stores,
  definition: AnyDefinition,
  n: number,
): Promise<{ readonly runId: string; readonly isOver: boolean }> {
  const place = crashableStores(stores);
  const died = place.crashAfter(n);
  const options = { stores: place.stores, definitions: [definition], limits: LIMITS };
  const runtime = await open(options);
  await Promise.race([runtime.start(definition), died]);
  const { runs } = await stores.events.list({ limit: 1 });
  const runId = runs[0]?.runId ?? '';
  const isOver = async (): Promise<boolean> =>
    (await stores.events.get(runId))?.status === 'completed';
  await Promise.race([died, eventually(isOver)]);
  await place.crash();
  return { runId, isOver: await isOver() };
}

/** Goes on with a run in another runtime, to its end. */
async function goOn(stores: Stores, definition: AnyDefinition, runId: string) {
  await using runtime = await open({ stores, definitions: [definition], limits: LIMITS });
  const run = await runtime.get(runId);
  const result = await run.result();
  const log = await expectSound(stores, runId);
  const told = log.flatMap(({ event }) =>
    event.type === 'output.appended' ? [event['outputId'] as string] : [],
  );
  return { result, records: await run.outputs.list(), told };
}

const idsOf = (records: readonly OutputRecord[]): readonly string[] => records.map(({ id }) => id);

describe.each(PLACES)('what a definition gives out on %s', (_, create) => {
  it('is there once, whenever the process dies', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'page.txt');
    const gives = defineRun({
      name: 'gives',
      execute: async ({ outputs, step }) => {
        writeFileSync(path, 'the page');
        await outputs.progress('begun', 'well');
        const source = await outputs.artifact('source', BIG);
        const copies = await Promise.all([outputs.partial('a'), outputs.partial('b')]);
        await step('print', async () => {
          await outputs.artifact('printed', 1);
          await outputs.artifact('printed', 1);
          const page = await outputs.file(path, { parentRefs: [source.id], mime: 'text/plain' });
          return String(Buffer.concat(await all(await outputs.read(page))));
        });
        rmSync(path);
        const last = await outputs.final(await outputs.value(source), { ok: false });
        return idsOf([source, ...copies, last]);
      },
    });
    const all = async (content: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> => {
      const chunks = [];
      for await (const chunk of content) chunks.push(chunk);
      return chunks;
    };
    let isOver = false;
    let crashes = 0;
    for (let n = 1; !isOver; n += 1, crashes += 1) {
      using place = create();
      const stores = place.stores();
      await stores.open();
      const crashed = await crashAfter(stores, gives, n);
      isOver = crashed.isOver;
      const { result, records, told } = await goOn(stores, gives, crashed.runId);
      const names = records.map(({ event }) =>
        event.type === 'artifact' ? event.name : event.type,
      );
      const inOrder = ['progress', 'source', 'partial', 'partial', 'printed', 'printed'];
      expect(names, `after write ${n}`).toEqual([...inOrder, 'page.txt', 'final']);
      expect(new Set(told)).toEqual(new Set(idsOf(records)));
      expect(told).toHaveLength(records.length);
      const given = records.filter((_record, i) => [1, 2, 3, 7].includes(i));
      expect(new Set(result as string[])).toEqual(new Set(idsOf(given)));
      expect(records[6]?.event).toMatchObject({ content: { size: 8, mime: 'text/plain' } });
      await stores.close();
    }
    expect(crashes).toBeGreaterThan(12);
  }, 60_000);

  it('inside of a step that is tried again is there once, and what differs is new', async () => {
    using place = create();
    const stores = place.stores();
    const retries = defineRun({
      name: 'retries',
      execute: async ({ outputs, step }) => {
        const given = await step(
          'draft',
          async ({ tries }) => {
            await outputs.final('always', { taskId: 'draft' });
            const same = await outputs.artifact('draft', 'same');
            const other = await outputs.artifact('draft', `try ${tries}`);
            if (tries < 3) throw new Error('not good enough');
            return idsOf([same, other]);
          },
          { retries: 2, backoffMs: 1 },
        );
        return given;
      },
    });
    await using runtime = await open({ stores, definitions: [retries] });
    const run = await runtime.start(retries);
    const given = await run.result();
    const records = await run.outputs.list();
    const values = await Promise.all(records.map((record) => run.outputs.value(record)));
    expect(values).toEqual(['always', 'same', 'try 1', 'try 2', 'try 3']);
    expect(given).toEqual([records[1]?.id, records[4]?.id]);
    const log = await expectSound(stores, run.id);
    const told = log.filter(({ event }) => event.type === 'output.appended');
    expect(told).toHaveLength(5);
    expect(new Set(told.map(({ event }) => event['key'])).size).toBe(5);
  });

  it('as a final stays the only one in the attempts that follow', async () => {
    using place = create();
    const stores = place.stores();
    await stores.open();
    let attempts = 0;
    const ends = defineRun({
      name: 'ends',
      execute: async ({ outputs, step, attempt }) => {
        attempts = attempt;
        const first = await outputs.final('done');
        await step('last', () => 'x');
        const second = await codeOf(outputs.final('done again'));
        return [first.attempt, second];
      },
    });
    const runIds = new Set<string>();
    for (const n of [4, 5, 6]) {
      const { runId } = await crashAfter(stores, ends, n);
      runIds.add(runId);
      const { result, records } = await goOn(stores, ends, runId);
      expect(result).toEqual([1, 'ATTEMPT_CLOSED']);
      expect(records).toHaveLength(1);
    }
    expect(runIds.size).toBe(3);
    expect(attempts).toBe(2);
    await stores.close();
  });

  it('is a new one each time for who is no definition', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const run = await runtime.open();
    await run.outputs.artifact('a', 1);
    await run.outputs.artifact('a', 1);
    expect(new Set(idsOf(await run.outputs.list())).size).toBe(2);
  });
});
