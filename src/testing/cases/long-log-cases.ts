import assert from 'node:assert/strict';
import { commitOf, eventOf } from './builders.ts';
import type { StoreCase } from './store-case.ts';

const EVENTS = 100_000;
const PER_COMMIT = 1_000;
/** Neither a divisor of the length nor of a commit, so that pages end anywhere. */
const PER_PAGE = 997;

/** What holds however long a log gets. */
export const longLogCases: readonly StoreCase[] = [
  {
    name: 'a log of 100,000 events is read in pages, from the end, and from any seq, also when it is cut',
    isSlow: true,
    run: async ({ shared }) => {
      const { events } = await shared();
      for (let seq = 0; seq < EVENTS; seq += PER_COMMIT) {
        const outcomes = await events.append([commitOf('run_1', seq, { count: PER_COMMIT })]);
        assert.deepEqual(outcomes, [{ kind: 'stored' }]);
      }
      const walk = async (from: number): Promise<void> => {
        let next = from;
        for (let [afterSeq, hasMore] = [0, true]; hasMore;) {
          const page = await events.read('run_1', { afterSeq, limit: PER_PAGE });
          assert.equal(
            page.events.length,
            Math.min(PER_PAGE, EVENTS - next + 1),
            'events of a page',
          );
          for (const { seq } of page.events) assert.equal(seq, next++);
          ({ nextAfterSeq: afterSeq, hasMore } = page);
        }
        assert.equal(next, EVENTS + 1, 'the seq after the last page');
      };
      await walk(1);
      const end = await events.read('run_1', { afterSeq: EVENTS - 2, limit: 9 });
      assert.deepEqual([end.events, end.hasMore], [[eventOf(EVENTS - 1), eventOf(EVENTS)], false]);
      for (let seq = 1; seq <= EVENTS; seq += 7_919) {
        const page = await events.read('run_1', { afterSeq: seq - 1, limit: 1 });
        assert.deepEqual([page.events, page.hasMore], [[eventOf(seq)], seq < EVENTS]);
      }
      await events.cut('run_1', EVENTS / 2, '{}');
      await walk(EVENTS / 2 + 1);
    },
  },
];
