import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Verification } from '../../src/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { temporaryFile } from '../stores/backends.ts';
import { open } from '../support/runtime/helpers.ts';
import { type Household, household } from './support/household.ts';

let folder: string;
let house: Household;
/** The first run of the file: by hand, seven events of which none but the first two have an effect. */
let runId: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'runchart-chain-'));
  const stores = sqlite(join(folder, 'runs.db'), { writer: 'inline', chain: true });
  const runtime = await open({ stores });
  const run = await runtime.open();
  runId = run.id;
  await run.record({ type: 'run.started' });
  for (const tool of ['rake', 'hoe', 'spade', 'broom', 'brush']) {
    await run.record({ type: 'tool.completed', tool });
  }
  await runtime.close();
  house = await household(stores);
  await house.runtime.close();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What verify says of the run in a copy of the file in which `sql` was executed. */
async function tampered(sql: string, of = runId): Promise<Verification> {
  const copy = mkdtempSync(join(tmpdir(), 'runchart-broken-'));
  try {
    cpSync(folder, copy, { recursive: true });
    const path = join(copy, 'runs.db');
    const db = new DatabaseSync(path);
    db.exec(sql);
    db.close();
    await using runtime = await open({
      stores: sqlite(path, { writer: 'inline' }),
      recovery: 'leave',
    });
    return await runtime.verify(of, { chain: true });
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Takes one event out and moves the others up, and makes the record say so as well. */
const REMOVED = (seq: number): string => `
  DELETE FROM events WHERE run = 1 AND seq = ${seq};
  UPDATE events SET seq = seq - 1 WHERE run = 1 AND seq > ${seq};
  UPDATE runs SET last_seq = 6, snapshot = replace(snapshot, '"eventCount":7', '"eventCount":6') WHERE run = 1;`;

const TAMPERINGS: readonly (readonly [
  what: string,
  sql: string,
  brokenAt: number,
  /** Whether the fold does not show it: then the chain alone does. */
  isAlone: boolean,
])[] = [
  [
    'an event changed that has no effect',
    `UPDATE events SET payload = replace(payload, 'hoe', 'axe') WHERE run = 1 AND seq = 4`,
    4,
    true,
  ],
  ['another id', `UPDATE events SET event_id = 'evt_x' WHERE run = 1 AND seq = 3`, 3, true],
  [
    'another hash',
    `UPDATE events SET hash = (SELECT hash FROM events WHERE run = 1 AND seq = 4) WHERE run = 1 AND seq = 3`,
    3,
    true,
  ],
  ['no hash', `UPDATE events SET hash = NULL WHERE run = 1 AND seq = 3`, 3, true],
  ['an event removed', REMOVED(5), 5, true],
  ['the last event removed', REMOVED(7), 7, false],
  [
    'an event removed, and the gap left',
    'DELETE FROM events WHERE run = 1 AND seq IN (4, 5)',
    4,
    false,
  ],
  [
    'an event inserted',
    `UPDATE events SET seq = 8 WHERE run = 1 AND seq = 7;
     INSERT INTO events(run, seq, event_id, type, emitted_at, epoch, late, payload)
       SELECT run, 7, 'evt_x', type, emitted_at, epoch, late, payload FROM events WHERE run = 1 AND seq = 6;
     UPDATE runs SET last_seq = 8, snapshot = replace(snapshot, '"eventCount":7', '"eventCount":8') WHERE run = 1`,
    7,
    true,
  ],
  [
    'two events swapped',
    `UPDATE events SET seq = 99, emitted_at = (SELECT emitted_at FROM events WHERE run = 1 AND seq = 4)
       WHERE run = 1 AND seq = 3;
     UPDATE events SET seq = 3 WHERE run = 1 AND seq = 4;
     UPDATE events SET seq = 4 WHERE run = 1 AND seq = 99`,
    3,
    true,
  ],
  ['the end that the record knows', `UPDATE runs SET head = 'abc' WHERE run = 1`, 8, true],
  ['the end forgotten', `UPDATE runs SET head = NULL WHERE run = 1`, 8, true],
  [
    'a log put under another run',
    `UPDATE events SET hash = (SELECT hash FROM events o WHERE o.run = 2 AND o.seq = events.seq) WHERE run = 1`,
    1,
    true,
  ],
];

describe('verify --chain', () => {
  it('finds all chains whole, and says their ends', async () => {
    for (const of of [
      runId,
      house.parent,
      house.child,
      house.fork,
      house.parked,
      house.cancelled,
    ]) {
      const { ok, problems, notes, chain } = await tampered('', of);
      expect([ok, problems, notes]).toEqual([true, [], []]);
      expect(chain).toEqual({
        state: 'whole',
        head: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        brokenAt: null,
      });
    }
  });

  it.each(TAMPERINGS)('says where it breaks first: %s', async (_, sql, brokenAt, isAlone) => {
    const { ok, problems, chain } = await tampered(sql);
    expect(chain).toMatchObject({ state: 'broken', brokenAt });
    expect(ok).toBe(false);
    const ofChain = problems.filter((problem) => problem.includes('its chain breaks first at seq'));
    expect(ofChain).toHaveLength(1);
    expect(ofChain[0]).toMatch(
      new RegExp(`^Run ${runId}: .* at seq ${brokenAt}: .*; restore .*\\.$`),
    );
    // Times are those of a moment, and may be equal or not: whatever else is said is not of the chain.
    if (isAlone) expect(problems.filter((each) => each.includes('snapshot'))).toEqual([]);
  });

  it('finds any change of any member of any event, and at its place', async () => {
    const members = ['event_id', 'type', 'emitted_at', 'epoch', 'late', 'payload', 'hash'];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...members),
        fc.integer({ min: 1, max: 7 }),
        async (member, seq) => {
          const isNumber = ['emitted_at', 'epoch', 'late'].includes(member);
          const changed = isNumber ? `1 - ${member}` : `${member} || ' '`;
          const { chain } = await tampered(
            `UPDATE events SET ${member} = ${changed} WHERE run = 1 AND seq = ${seq}`,
          );
          expect(chain).toMatchObject({ state: 'broken', brokenAt: seq });
        },
      ),
      { numRuns: 25 },
    );
  });

  it('says of a run that began without one that it is not chained, also when it was gone on with', async () => {
    const path = await temporaryFile();
    const before = await open({ stores: sqlite(path, { writer: 'inline' }) });
    const old = await before.open();
    await before.close();
    await using runtime = await open({
      stores: sqlite(path, { writer: 'inline', chain: true }),
      recovery: 'leave',
    });
    await (await runtime.get(old.id)).record({ type: 'run.started' });
    expect(await runtime.verify(old.id, { chain: true })).toMatchObject({
      ok: true,
      notes: [`Run ${old.id}: it is not chained: it began before the option was on.`],
      chain: { state: 'none', head: null, brokenAt: null },
    });
    expect((await runtime.verify(old.id)).chain).toBeNull();
    const young = await runtime.open();
    expect((await runtime.verify(young.id, { chain: true })).chain?.state).toBe('whole');
  });

  it.each([
    ['memory', async () => memory({ chain: true })],
    ['sqlite', async () => sqlite(await temporaryFile(), { writer: 'inline', chain: true })],
  ] as const)('goes on over a log that was cut, on %s', async (_, create) => {
    await using runtime = await open({ stores: await create() });
    const run = await runtime.open();
    for (let n = 0; n < 9; n += 1) await run.record({ type: 'tool.completed', n });
    await run.complete();
    const { chain } = await runtime.verify(run.id, { chain: true });
    for (const keepEvents of [6, 2]) {
      await runtime.prune({ keepEvents });
      const cut = await runtime.verify(run.id, { chain: true });
      expect(cut).toMatchObject({ ok: true, problems: [] });
      expect(cut.chain).toEqual(chain);
    }
    await run.record({ type: 'log', level: 'info', message: 'late' });
    expect(await runtime.verify(run.id, { chain: true })).toMatchObject({
      ok: true,
      chain: { state: 'whole' },
    });
  });

  it('finds a head that was cut off by hand, with or without a hash at the cut', async () => {
    const cut = `DELETE FROM events WHERE run = 1 AND seq <= 3;
      INSERT INTO cuts(run, base) SELECT run, replace(snapshot, '"eventCount":7', '"eventCount":3')
        FROM runs WHERE run = 1;`;
    expect((await tampered(cut)).chain).toMatchObject({ state: 'broken', brokenAt: 1 });
    const forged = `${cut} UPDATE cuts SET hash = 'forged'`;
    expect((await tampered(forged)).chain).toMatchObject({ state: 'broken', brokenAt: 4 });
  });
});
