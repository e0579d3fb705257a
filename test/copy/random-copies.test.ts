import { describe, expect, it } from 'vitest';
import type { Stores } from '../../src/index.ts';
import type { RunImport } from '../../src/stores/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { crashableStores, faultyStores, wrapStores } from '../../src/testing/index.ts';
import { createRandom } from '../../src/testing/simulation/random.ts';
import { temporaryFile } from '../stores/backends.ts';
import { runs } from '../support/runs.ts';
import { copied, idsOf } from './support/copied.ts';
import { randomHousehold } from './support/random-household.ts';

const SEED = Number(process.env['RUNCHART_SEED'] ?? Date.now() % 1_000_000_007);

/** Stores of any kind, by chance. */
async function someStores(seed: number): Promise<Stores> {
  const random = createRandom(seed);
  const chain = random.chance(0.5);
  if (random.chance(0.5)) return memory({ chain });
  return sqlite(await temporaryFile(), { chain, writer: random.pick(['inline', 'worker']) });
}

const seeds = Array.from({ length: runs(6) }, (_, n) => SEED + n);
const TIMEOUT_MS = 120_000;

async function filled(seed: number): Promise<Stores> {
  const from = await someStores(seed);
  await randomHousehold(from, seed, 14);
  return from;
}

/** The same stores, as of an engine that takes one piece at a time. */
function pieceByPiece(stores: Stores): Stores {
  return wrapStores(stores, async ({ method, args }, proceed) => {
    if (method !== 'events.import') return proceed();
    for (const piece of args[0] as readonly RunImport[]) await stores.events.import([piece]);
    return undefined;
  });
}

/** Runs that are not wholly in the target are nobody's, and are never due. */
async function nobodyDrivesHalfARun(from: Stores, to: Stores): Promise<void> {
  for (const runId of await idsOf(to)) {
    const [source, target] = [await from.events.get(runId), await to.events.get(runId)];
    if (target === undefined || target.lastSeq === source?.lastSeq) continue;
    expect([target.owner, target.wakeAtMs]).toEqual([null, null]);
  }
}

describe(`random stores, seeds from ${SEED} (RUNCHART_SEED repeats them)`, () => {
  it.each(seeds)(
    'are the same in another place, in the same order, and a second copy has nothing to do: seed %i',
    async (seed) => {
      const from = await filled(seed);
      const to = await someStores(seed + 1);
      await to.open();
      const report = await copied(from, to);
      expect(report).toMatchObject({ left: [], differences: [], ok: true });
      const ids = await idsOf(from);
      expect([report.copied, await idsOf(to)]).toEqual([ids.length, ids]);
      const again = await copied(from, to);
      expect(again).toMatchObject({ copied: 0, there: ids.length, events: 0, blobs: 0, ok: true });
      for (const artifact of ['report', 'dust']) {
        const latest = await from.outputs.latestByArtifact(artifact);
        expect(await to.outputs.latestByArtifact(artifact)).toEqual(latest);
      }
      await Promise.all([from.close(), to.close()]);
    },
    TIMEOUT_MS,
  );

  it.each(seeds)(
    'are the same in the end however often the copy dies: seed %i',
    async (seed) => {
      const random = createRandom(seed);
      const from = await filled(seed);
      const to = await someStores(seed + 2);
      await to.open();
      let deaths = 0;
      for (let isDone = false; !isDone;) {
        const crashable = crashableStores(to);
        const died = crashable
          .crashAfter(deaths === 0 ? 1 : 1 + random.below(6))
          .then(() => undefined);
        // The one that died has the stores open for ever: they are opened once more here.
        const report = await Promise.race([
          copied(from, pieceByPiece(crashable.stores), { verify: false }),
          died,
        ]);
        await nobodyDrivesHalfARun(from, to);
        isDone = report?.ok === true;
        deaths += isDone ? 0 : 1;
      }
      expect(deaths).toBeGreaterThan(0);
      expect(await copied(from, to)).toMatchObject({ copied: 0, left: [], ok: true });
      expect(await idsOf(to)).toEqual(await idsOf(from));
      await Promise.all([from.close(), to.close()]);
    },
    TIMEOUT_MS,
  );

  it.each(seeds)(
    'are the same in the end whatever call of the target fails: seed %i',
    async (seed) => {
      const random = createRandom(seed);
      const from = await filled(seed);
      const to = await someStores(seed + 3);
      await to.open();
      const faulty = faultyStores(to);
      let faults = 0;
      for (let n = 1; faults < 40; n += 1 + random.below(9)) {
        faulty.arm(n, random.pick(['once', 'answer-lost', 'cut-off'] as const));
        const report = await copied(from, faulty.stores, { verify: false }).catch(() => undefined);
        await nobodyDrivesHalfARun(from, to);
        if (report?.ok === true && !faulty.struck) break;
        faults += 1;
      }
      expect(faults).toBeGreaterThan(0);
      expect(await copied(from, to)).toMatchObject({ left: [], differences: [], ok: true });
      await Promise.all([from.close(), to.close()]);
    },
    TIMEOUT_MS,
  );
});
