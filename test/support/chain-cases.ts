import assert from 'node:assert/strict';
import {
  chainHash,
  chainStart,
  type EventPage,
  type EventStore,
  type PageChain,
  type Stores,
} from '../../src/stores/index.ts';
import { commitOf, eventOf, fill, ODD_STRINGS } from '../../src/testing/cases/builders.ts';

interface ChainCase {
  readonly name: string;
  readonly run: (stage: { readonly create: () => Promise<Stores> }) => Promise<void>;
}

async function read(
  events: EventStore,
  runId: string,
  afterSeq = 0,
  limit = 99,
): Promise<EventPage & { readonly chain: PageChain }> {
  const page = await events.read(runId, { afterSeq, limit, chain: true });
  assert.ok(page.chain);
  return { ...page, chain: page.chain };
}

/** What the hashes have to be, made from what is read. */
function linked(start: string, { events }: EventPage): readonly string[] {
  let last = start;
  return events.map((event) => (last = chainHash(last, event)));
}

/** What stores promise that were opened with a chain. */
export const chainCases: readonly ChainCase[] = [
  {
    name: 'every event is chained to the one before, over commits of one event and of several',
    run: async ({ create }) => {
      const { events } = await create();
      await fill(events, 'run_1', 2);
      await events.append([commitOf('run_1', 2), commitOf('run_1', 3, { count: 3 })]);
      await events.append([commitOf('run_1', 6, { idempotencyKey: 'key' })]);
      const page = await read(events, 'run_1');
      assert.equal(page.events.length, 7);
      assert.deepEqual(page.chain.hashes, linked(chainStart('run_1'), page));
      const { head, base, lastSeq } = page.chain;
      assert.deepEqual([head, base, lastSeq], [page.chain.hashes.at(-1), null, 7]);
      assert.deepEqual(
        (await read(events, 'run_1', 2, 3)).chain.hashes,
        page.chain.hashes.slice(2, 5),
      );
    },
  },
  {
    name: 'what was refused or repeated is no link',
    run: async ({ create }) => {
      const { events } = await create();
      await fill(events, 'run_1', 2);
      const before = await read(events, 'run_1');
      await events.append([commitOf('run_1', 2, { idempotencyKey: 'key' })]);
      await events.append([
        commitOf('run_1', 2, { idempotencyKey: 'key' }),
        commitOf('run_1', 1),
        commitOf('run_1', 3, { expectedEpoch: 9 }),
        commitOf('run_1', 0),
        commitOf('run_1', 3),
      ]);
      const page = await read(events, 'run_1');
      assert.equal(page.events.length, 4);
      assert.deepEqual(page.chain.hashes, linked(chainStart('run_1'), page));
      assert.deepEqual(page.chain.hashes.slice(0, 2), before.chain.hashes);
    },
  },
  {
    name: 'a cut keeps the hash of what went last, and the chain goes on behind it',
    run: async ({ create }) => {
      const { events } = await create();
      await fill(events, 'run_1', 6);
      const { hashes } = (await read(events, 'run_1')).chain;
      for (const throughSeq of [2, 4, 3]) await events.cut('run_1', throughSeq, '{}');
      await events.append([commitOf('run_1', 6)]);
      const page = await read(events, 'run_1');
      assert.deepEqual([page.firstSeq, page.chain.base], [5, hashes[3]]);
      assert.deepEqual(page.chain.hashes.slice(0, 2), hashes.slice(4));
      assert.deepEqual(page.chain.hashes, linked(hashes[3] ?? '', page));
    },
  },
  {
    name: 'no event is the same link in another run, at another place, or with another member',
    run: async ({ create }) => {
      const { events } = await create();
      await fill(events, 'run_1', 1);
      await fill(events, 'run_2', 1);
      const [one, two] = [await read(events, 'run_1'), await read(events, 'run_2')];
      assert.deepEqual(one.events, two.events);
      assert.notEqual(one.chain.head, two.chain.head);
      const event = eventOf(7);
      const others = [
        { seq: 8 },
        { epoch: 2 },
        { late: true },
        { emittedAtMs: 1 },
        { eventId: `${event.eventId}t` },
        { eventId: '', type: `${event.eventId}${event.type}` },
        { type: 'text.delt', payload: `a${event.payload}` },
        { payload: `${event.payload} ` },
      ];
      const hashes = [{}, ...others].map((over) => chainHash('', { ...event, ...over }));
      assert.equal(new Set(hashes).size, others.length + 1);
      assert.notEqual(chainHash('a', event), chainHash('b', event));
    },
  },
  {
    name: 'texts of any kind are the same link when they are read',
    run: async ({ create }) => {
      const { events } = await create();
      for (const [i, text] of [...ODD_STRINGS, 'half \uD800 a pair'].entries()) {
        const event = {
          eventId: `evt ${text}`,
          type: text,
          payload: JSON.stringify({ type: text }),
        };
        await events.append([commitOf(`run_${i}`, 0, { event })]);
        const page = await read(events, `run_${i}`);
        assert.deepEqual(page.chain.hashes, linked(chainStart(`run_${i}`), page), text);
      }
    },
  },
  {
    name: 'a page without its chain says nothing of it',
    run: async ({ create }) => {
      const { events } = await create();
      await fill(events, 'run_1', 1);
      const page = await events.read('run_1', { limit: 9 });
      assert.equal('chain' in page, false);
      assert.deepEqual(page.events, [eventOf(1)]);
    },
  },
];

/** What stores promise that were opened without. */
export const chainlessCases: readonly ChainCase[] = [
  {
    name: 'a run has no chain, and says so',
    run: async ({ create }) => {
      const { events } = await create();
      await fill(events, 'run_1', 3);
      await events.cut('run_1', 1, '{}');
      const { chain } = await read(events, 'run_1');
      assert.deepEqual(chain, { hashes: [null, null], base: null, head: null, lastSeq: 3 });
    },
  },
];
