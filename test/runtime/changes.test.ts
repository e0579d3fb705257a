import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ChangeFeed, type Changed } from '../../src/actors/change-feed.ts';
import type { RunChange } from '../../src/index.ts';
import { virtualClock } from '../../src/testing/index.ts';
import { codeOf, eventually, open } from '../support/runtime/helpers.ts';

/** A feed by a clock of its own, and what a reader of it has been told so far. */
function followed(paceMs: number) {
  const clock = virtualClock();
  const after = (ms: number, onTime: () => void) => clock.at(clock.now() + ms, onTime);
  const feed = new ChangeFeed({ now: clock.now, at: clock.at, after });
  const ending = new AbortController();
  const told: Changed[] = [];
  const reading = (async () => {
    for await (const changed of feed.follow({ paceMs, signal: ending.signal })) told.push(changed);
  })();
  const publish = async (...runIds: string[]) => {
    feed.publish(runIds);
    for (let n = 0; n < 3; n += 1) await turn();
  };
  const pass = (ms: number) => clock.advance(ms);
  return { clock, feed, told, publish, pass, ending, reading };
}

const ids = (n: number) => Array.from({ length: n }, (_, i) => `run_${i}`);

it('a reader with a pace hears of the first change at once, and of all others together when its pace has passed', async () => {
  const { told, publish, pass, ending, reading } = followed(250);
  await publish('a');
  expect(told).toEqual([['a']]);
  for (let n = 0; n < 100; n += 1) await publish('b', 'a', 'c');
  await pass(249);
  expect(told).toEqual([['a']]);
  await pass(1);
  expect(told).toEqual([['a'], ['b', 'a', 'c']]);
  // It has rested, and nothing came: the next is told at once again.
  await pass(250);
  expect(told).toHaveLength(2);
  await publish('d');
  expect(told).toEqual([['a'], ['b', 'a', 'c'], ['d']]);
  ending.abort();
  await reading;
});

it('a reader with a pace is not told of more than 200 runs at once, but that it has missed some', async () => {
  const { told, publish, pass, ending, reading } = followed(250);
  await publish('first');
  await publish(...ids(200));
  await pass(250);
  expect(told.at(-1)).toHaveLength(200);
  await publish(...ids(201));
  await publish('last');
  await pass(250);
  expect(told).toHaveLength(3);
  expect(told.at(-1)).toBeUndefined();
  await pass(250);
  await publish('again');
  expect(told.at(-1)).toEqual(['again']);
  ending.abort();
  await reading;
});

it('a reader without a pace is told at once, and of as many as there are', async () => {
  const { told, publish, ending, reading } = followed(0);
  await publish(...ids(1000));
  await publish('a');
  await publish('b');
  expect(told).toEqual([ids(1000), ['a'], ['b']]);
  ending.abort();
  await reading;
});

it('a reader that rests ends as soon as it is aborted, or the feed closes', async () => {
  for (const how of ['aborted', 'closed']) {
    const { clock, feed, publish, ending, reading } = followed(60_000);
    await publish('a');
    await publish('b');
    if (how === 'aborted') ending.abort();
    else feed.close();
    await reading;
    expect(clock.alarms).toEqual([]);
  }
});

it('what a runtime tells with a pace is each run as it is by then, to the last change', async () => {
  await using runtime = await open();
  const ending = new AbortController();
  const seen: RunChange[] = [];
  const reading = (async () => {
    for await (const change of runtime.changes({ signal: ending.signal, paceMs: 20 }))
      seen.push(change);
  })();
  await eventually(async () => {
    await (await runtime.open()).cancel();
    return seen.some(({ kind }) => kind === 'changed');
  });
  const run = await runtime.open();
  for (let n = 0; n < 300; n += 1) await run.record({ type: 'custom.tick', n });
  await run.complete();
  const ofRun = () =>
    seen.flatMap((change) =>
      change.kind === 'changed' && change.run.snapshot.runId === run.id
        ? [change.run.snapshot]
        : [],
    );
  await eventually(() => ofRun().at(-1)?.status === 'completed');
  expect(ofRun().at(-1)?.eventCount).toBe(302);
  // Each change told would be 302: how many are told follows from how long it took.
  expect(ofRun().length).toBeLessThan(302);
  ending.abort();
  await reading;
});

it('a pace that is none is refused', async () => {
  await using runtime = await open();
  for (const paceMs of [-1, Number.NaN, 60_001, Infinity]) {
    const asked = async () => runtime.changes({ paceMs });
    expect(await codeOf(asked())).toBe('INPUT_INVALID');
  }
});
