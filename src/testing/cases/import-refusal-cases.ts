import assert from 'node:assert/strict';
import type { EventStore, RunImport } from '../../stores/index.ts';
import { commitOf, rejectsWith, seqsInPages } from './builders.ts';
import { pieceOf, sameRun } from './import-pieces.ts';
import type { StoreCase } from './store-case.ts';

/** What stays as it was when `import` refuses a piece. */
export const importRefusalCases: readonly StoreCase[] = [
  {
    name: 'a piece of a run that is not where the piece says is refused, and changes nothing',
    run: async ({ shared }) => {
      const { events } = await shared();
      const piece = pieceOf('run_1', 0, { count: 3 });
      await rejectsWith('RUN_NOT_FOUND', events.import([pieceOf('run_1', 3)]));
      await events.import([piece]);
      await rejectsWith('RUN_EXISTS', events.import([piece]));
      const wrong = { run: { status: 'wrong', owner: 'own_9' } };
      await rejectsWith('RUN_EXISTS', events.import([pieceOf('run_1', 0, wrong)]));
      await rejectsWith('SEQ_CONFLICT', events.import([pieceOf('run_1', 2, wrong)]));
      await rejectsWith('SEQ_CONFLICT', events.import([pieceOf('run_1', 4, wrong)]));
      await sameRun(events, [piece]);
    },
  },
  {
    name: 'what is behind a piece that is refused is not added, and what is in front is whole or not there',
    run: async ({ shared }) => {
      const { events } = await shared();
      const front = [pieceOf('run_1', 0, { count: 2 }), pieceOf('run_1', 2)];
      const refused = pieceOf('run_2', 7);
      const behind = [pieceOf('run_3', 0), pieceOf('run_1', 3)];
      await rejectsWith('RUN_NOT_FOUND', events.import([...front, refused, ...behind]));
      assert.equal(await events.get('run_2'), undefined);
      assert.equal(await events.get('run_3'), undefined);
      const added = [undefined, 2, 3].indexOf((await events.get('run_1'))?.lastSeq);
      assert.notEqual(added, -1, 'a piece was added in part');
      if (added > 0) await sameRun(events, front.slice(0, added));
    },
  },
  {
    name: 'a fork is refused as long as the run is not here that it was forked from',
    run: async ({ shared }) => {
      const { events } = await shared();
      const fork = pieceOf('run_f', 0, { count: 2, run: { forkedFrom: 'run_1' } });
      await rejectsWith('RUN_NOT_FOUND', events.import([fork]));
      assert.equal(await events.get('run_f'), undefined);
      await events.import([pieceOf('run_1', 0)]);
      await events.import([fork]);
      await sameRun(events, [fork]);
    },
  },
  {
    name: 'a child is taken whether its parent is here or not',
    run: async ({ shared }) => {
      const { events } = await shared();
      const child = pieceOf('run_c', 0, { run: { parentRunId: 'run_p' } });
      await events.import([child]);
      await sameRun(events, [child]);
    },
  },
  {
    name: 'a run whose key has created another run here is refused',
    run: async ({ shared }) => {
      const { events } = await shared();
      await events.append([commitOf('run_1', 0, { idempotencyKey: 'birth' })]);
      const piece = pieceOf('run_2', 0, { first: { key: 'birth' } });
      await rejectsWith('RUN_EXISTS', events.import([piece]));
      assert.equal(await events.get('run_2'), undefined);
      await events.import([pieceOf('run_2', 0, { first: { key: 'other' } })]);
    },
  },
  {
    name: 'a piece that is none is INPUT_INVALID, and changes nothing',
    run: async ({ shared }) => {
      const { events } = await shared();
      const whole = pieceOf('run_1', 0, { count: 3 });
      await refuseAll(events, oddPieces(whole));
      assert.equal(await events.get('run_1'), undefined);
      await events.import([whole]);
      const { first: _, ...rest } = pieceOf('run_1', 3, { count: 2 });
      await refuseAll(events, [
        { ...rest, events: [] },
        { ...rest, events: rest.events.slice(1) },
        { ...rest, events: rest.events.toReversed() },
        { ...rest, first: whole.first as NonNullable<RunImport['first']> },
        { ...rest, run: { ...rest.run, lastSeq: 6 } },
        { ...rest, events: rest.events.map((event) => ({ ...event, hash: 'ab' })) },
      ]);
      await sameRun(events, [whole]);
      const chained = pieceOf('run_2', 0, { isChained: true });
      await events.import([chained]);
      await refuseAll(events, [pieceOf('run_2', 1)]);
      await sameRun(events, [chained]);
    },
  },
  {
    name: 'of two importers of one run at once one is refused, with the first piece and with a later one',
    run: async ({ shared }) => {
      const { events } = await shared();
      for (const expectedSeq of [0, 2]) {
        const piece = pieceOf('run_1', expectedSeq, { count: 2 });
        const settled = await Promise.allSettled([events.import([piece]), events.import([piece])]);
        assert.deepEqual(settled.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
      }
      assert.deepEqual(await seqsInPages(events, 'run_1', 9), [1, 2, 3, 4]);
    },
  },
  {
    name: 'of many importers through several handles one adds the run, and watches tell of it',
    requires: 'shared',
    run: async ({ handles }) => {
      const stores = await handles();
      const heard = Promise.withResolvers<void>();
      const timer = setTimeout(() => heard.reject(new Error('the watch told of nothing')), 5_000);
      const stop = stores[0].events.watch((ids) => ids.includes('run_w') && heard.resolve());
      await stores[1].events.import([pieceOf('run_w', 0)]);
      await heard.promise.finally(() => clearTimeout(timer));
      stop();
      const piece = pieceOf('run_1', 0, { count: 40, first: { key: 'birth' } });
      const settled = await Promise.allSettled(
        [...stores, ...stores, ...stores].map(({ events }) => events.import([piece])),
      );
      assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1);
      for (const { events } of stores) await sameRun(events, [piece]);
    },
  },
];

async function refuseAll(events: EventStore, pieces: readonly RunImport[]): Promise<void> {
  for (const piece of pieces) await rejectsWith('INPUT_INVALID', events.import([piece]));
}

/** First pieces with something wrong each. */
function oddPieces(piece: RunImport): readonly RunImport[] {
  const { first: good, ...rest } = piece;
  const first = good as NonNullable<RunImport['first']>;
  const withFirst = (change: Partial<typeof first>): RunImport => ({
    ...piece,
    first: { ...first, ...change },
  });
  return [
    rest,
    { ...piece, events: [] },
    { ...piece, expectedSeq: -1 },
    { ...piece, events: piece.events.slice(1) },
    { ...piece, run: { ...piece.run, lastSeq: 2 } },
    withFirst({ firstSeq: 2 }),
    withFirst({ firstSeq: 0 }),
    withFirst({ createdSeq: 0 }),
    withFirst({ base: '{}' }),
    withFirst({ baseHash: 'ab' }),
    withFirst({ isChained: true }),
    { ...piece, events: piece.events.map((event) => ({ ...event, hash: 'ab' })) },
  ];
}
