import { expect, it } from 'vitest';
import { memory } from '../../src/stores/memory/index.ts';
import { codeOf, collect, open, seqsOf, settled } from '../support/runtime/helpers.ts';

it('[I6] a follower ends when late events were stored together with the end', async () => {
  await using runtime = await open();
  const run = await runtime.open();
  const following = collect(run.events());
  await settled();
  const ended = [run.complete(1), run.record({ type: 'log', message: 'late' })];
  await Promise.all(ended);
  expect(seqsOf(await following)).toEqual([1, 2, 3]);
});

it('a result arrives when late events were stored together with the end', async () => {
  await using runtime = await open();
  const run = await runtime.open();
  const result = run.result();
  await settled();
  await Promise.all([run.complete(1), run.record({ type: 'log', message: 'late' })]);
  expect(await result).toBe(1);
});

it.each([-1, 1.5, NaN, Infinity])('a follower is refused an afterSeq of %s', async (afterSeq) => {
  await using runtime = await open();
  const run = await runtime.open();
  await run.record({ type: 'log' });
  await expect(collect(run.events({ afterSeq, live: false }))).rejects.toThrow(TypeError);
});

it('events of a closed runtime cannot be read, rather than there being none', async () => {
  const runtime = await open({ stores: memory() });
  const run = await runtime.open();
  await runtime.close();
  expect(await codeOf(collect(run.events()))).toBe('RUNTIME_CLOSED');
  expect(await codeOf(collect(run.events({ live: false })))).toBe('RUNTIME_CLOSED');
});

it('a log that is read while the runtime closes is read to its end, or not', async () => {
  const runtime = await open({ stores: memory() });
  const run = await runtime.open();
  for (let n = 0; n < 600; n += 1) void run.record({ type: 'log' });
  await run.complete();
  const seqs: number[] = [];
  const reading = async (): Promise<void> => {
    for await (const { seq } of run.events({ live: false })) {
      seqs.push(seq);
      if (seq === 10) await runtime.close();
    }
  };
  expect(await codeOf(reading())).toBe('RUNTIME_CLOSED');
  expect(seqs).toHaveLength(10);
});

it('[I5] a store that throws at once, rather than rejecting, is an append that failed', async () => {
  const stores = memory();
  let isBroken = false;
  const events = new Proxy(stores.events, {
    get: (target, name) => {
      if (name === 'append' && isBroken) {
        return () => {
          throw new Error('at once');
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  await using runtime = await open({ stores: { ...stores, events } });
  const run = await runtime.open();
  isBroken = true;
  expect(await codeOf(run.record({ type: 'log' }))).toBe('APPEND_FAILED');
  isBroken = false;
  expect(await run.complete()).toMatchObject({ outcome: 'completed', seq: 2 });
});
