import { expect, it } from 'vitest';
import { BatchGain } from '../../src/stores/nats/batch-gain.ts';

/** The least number of messages that go as a batch. */
function leastOf(gain: BatchGain): number {
  for (let n = 1; n < 10_000; n += 1) if (gain.pays(n)) return n;
  return Infinity;
}

/** As a group of so many messages goes on a disk that takes so long for a message and for a batch. */
function write(gain: BatchGain, messages: number, aloneMs: number, batchMs: number): boolean {
  const isBatch = gain.pays(messages);
  if (isBatch) gain.tookAsBatch(batchMs);
  else gain.tookAlone(messages, messages * aloneMs);
  return isBatch;
}

it('one message is no batch, and very many always are', () => {
  const gain = new BatchGain();
  expect(gain.pays(1)).toBe(false);
  expect(gain.pays(500)).toBe(true);
});

it('on a disk that flushes slowly a few messages are a batch already', () => {
  const gain = new BatchGain();
  for (let n = 0; n < 200; n += 1) write(gain, 8, 10, 40);
  expect(leastOf(gain)).toBeLessThanOrEqual(8);
});

it('where a batch takes long, many messages go on their own', () => {
  const gain = new BatchGain();
  for (let n = 0; n < 2_000; n += 1) write(gain, 100, 0.1, 50);
  expect(leastOf(gain)).toBeGreaterThan(100);
});

it('a moment in which the disk stood still changes little', () => {
  const gain = new BatchGain();
  const before = leastOf(gain);
  gain.tookAlone(10, 10_000);
  expect(leastOf(gain)).toBeGreaterThan(before * 0.8);
  gain.tookAsBatch(10_000);
  expect(leastOf(gain)).toBeLessThan(before * 1.3);
});

it('a disk that has become fast again is noticed, though nothing was sent that way meanwhile', () => {
  const gain = new BatchGain();
  for (let n = 0; n < 300; n += 1) write(gain, 10, 20, 12);
  expect(gain.pays(10)).toBe(true);
  const ways = Array.from({ length: 5_000 }, () => write(gain, 10, 0.2, 12));
  expect(ways.slice(-1_000).filter((isBatch) => isBatch).length).toBeLessThan(100);
});
