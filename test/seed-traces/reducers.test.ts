import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/json.ts';
import {
  appendList,
  appendMessages,
  lastWriteWins,
  maxByTimestamp,
  mergeMap,
  type Reducer,
} from '../../src/work/channels.ts';
import { readTraces, Tally } from '../support/seed-traces/traces.ts';

interface Request {
  readonly op: 'red';
  readonly reducer: string;
  readonly current: Json;
  readonly incoming: Json;
}

const REDUCERS = new Map<string, Reducer>([
  ['LastWriteWins', lastWriteWins().reduce],
  ['AppendList', appendList().reduce],
  ['AppendMessages', appendMessages().reduce],
  ['MergeMap', mergeMap().reduce],
  ['MaxByTimestamp', maxByTimestamp().reduce],
]);

describe('reducers, as the seed has them', () => {
  const tally = new Tally();

  for (const { seed, ops } of readTraces<Request>('reducers')) {
    it(`answer trace ${seed} reply for reply`, () => {
      for (const [{ reducer, current, incoming }, reply] of ops) {
        const before = JSON.stringify([current, incoming]);
        const v = REDUCERS.get(reducer)?.(current, incoming);
        expect({ ok: true, v }, JSON.stringify([reducer, current, incoming])).toEqual(reply);
        expect(JSON.stringify([current, incoming])).toBe(before);
        tally.count([]);
      }
    });
  }

  it('differ in nothing', () => {
    console.log(`reducers: ${tally.equal} replies equal`);
    expect(tally.total).toBe(480);
    expect(tally.differing).toEqual({});
  });
});
