import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/actors/index.ts';
import { LiveFeed } from '../../src/actors/live-feed.ts';
import type { Envelope, Run, Runtime } from '../../src/index.ts';
import type { Stores } from '../../src/stores/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { open, upTo } from '../support/runtime/helpers.ts';

// A feed beside the runtime, so that the test decides which of the stored events it is told of.
let stores: Stores;
let runtime: Runtime;
let run: Run;
let feed: LiveFeed;
let stop: AbortController;

beforeEach(async () => {
  stores = memory();
  runtime = await open({ stores });
  run = await runtime.open();
  feed = new LiveFeed(stores.events, systemClock());
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await runtime.close();
});

const stored = async (afterSeq: number) =>
  (await stores.events.read(run.id, { afterSeq, limit: 1000 })).events;

/** Follows the run, and waits until the reader has all that is stored and sleeps. */
async function follow(): Promise<readonly number[]> {
  const seqs: number[] = [];
  const read = async (): Promise<void> => {
    for await (const { seq } of feed.follow(run.id, { signal: stop.signal })) seqs.push(seq);
  };
  void read();
  await eventually(seqs, (await stores.events.get(run.id))?.lastSeq ?? 0);
  return seqs;
}

async function eventually(seqs: readonly number[], last: number): Promise<void> {
  for (let n = 0; n < 400 && seqs.at(-1) !== last; n += 1) await sleep(5);
  for (let n = 0; n < 5; n += 1) await turn();
}

async function record(n: number): Promise<Envelope[]> {
  return Promise.all(Array.from({ length: n }, () => run.record({ type: 'log' })));
}

it('[I6] a reader that is told of more than its buffer holds has all of it from the store', async () => {
  const seqs = await follow();
  await record(300);
  const events = await stored(1);
  for (const at of [0, 100, 200]) feed.publish(run.id, events.slice(at, at + 100));
  await eventually(seqs, 301);
  expect(seqs).toEqual(upTo(301));
});

it('[I6] a reader goes on from its buffer as soon as it has caught up', async () => {
  const seqs = await follow();
  await record(300);
  feed.publish(run.id, await stored(1));
  await eventually(seqs, 301);
  await record(1);
  feed.publish(run.id, await stored(301));
  await eventually(seqs, 302);
  expect(seqs).toEqual(upTo(302));
});

it('[I6] an event before which others were stored is not shown before these', async () => {
  const seqs = await follow();
  await record(3);
  feed.publish(run.id, await stored(3));
  await eventually(seqs, 4);
  expect(seqs).toEqual([1, 2, 3, 4]);
});

it('[I6] events that the feed is told of again are shown once', async () => {
  const seqs = await follow();
  await record(2);
  const events = await stored(1);
  feed.publish(run.id, events);
  await eventually(seqs, 3);
  feed.publish(run.id, events);
  await eventually(seqs, 3);
  expect(seqs).toEqual([1, 2, 3]);
});

it('a run is followed as long as somebody reads it', async () => {
  expect(feed.followed(run.id)).toBe(false);
  const first = feed.follow(run.id);
  const second = feed.follow(run.id);
  await Promise.all([first.next(), second.next()]);
  await first.return();
  expect(feed.followed(run.id)).toBe(true);
  await second.return();
  expect(feed.followed(run.id)).toBe(false);
});
