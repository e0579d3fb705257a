import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Envelope, Run } from '../../src/index.ts';
import { heldStores } from '../../src/testing/index.ts';
import {
  codeOf,
  collect,
  eventually,
  open,
  PLACES,
  seqsOf,
  settled,
  upTo,
} from '../support/runtime/helpers.ts';

const write = async (run: Run, count: number): Promise<void> => {
  await Promise.all(upTo(count).map((n) => run.record({ type: 'custom.n', n })));
};

describe.each(PLACES)('on %s', (_, create) => {
  it('[I6] a subscriber that joins at any moment sees each event once, in order', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const run = await runtime.open();
    const readers: Promise<Envelope[]>[] = [];
    for (const n of upTo(60)) {
      void run.record({ type: 'custom.n', n });
      readers.push(collect(run.events()));
      if (n % 7 === 0) await settled(1);
    }
    await run.complete();
    await run.record({ type: 'log' });
    readers.push(collect(run.events()));
    const logs = await Promise.all(readers);
    for (const log of logs) {
      // What is recorded late, after the end, those tell who join after it.
      expect(seqsOf(log).slice(0, 62)).toEqual(upTo(62));
      expect(log.length).toBeLessThanOrEqual(63);
    }
    expect(logs.at(-1)).toHaveLength(63);
  });

  it('[I6] a reader that is slower than its buffer is long loses nothing', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const run = await runtime.open();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { seq } of run.events()) {
        seen.push(seq);
        if (seq % 200 === 0) await sleep(3);
      }
    })();
    for (let i = 0; i < 10; i += 1) {
      await write(run, 150);
      await settled(1);
    }
    await run.complete();
    await reading;
    expect(seen).toEqual(upTo(1502));
  });

  it('[I6] a reader that stands still holds up neither writers nor other readers', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const run = await runtime.open();
    const still = run.events();
    await still.next();
    const other = collect(run.events());
    await write(run, 700);
    await run.complete();
    expect(seqsOf(await other)).toEqual(upTo(702));
    expect(seqsOf(await collect(still))).toEqual(upTo(702, 1));
  });

  it('[I6] many readers see the same', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const run = await runtime.open();
    const readers = upTo(100).map(() => collect(run.events()));
    await write(run, 40);
    await run.complete();
    for (const log of await Promise.all(readers)) expect(seqsOf(log)).toEqual(upTo(42));
  });

  it('a reader that stops early or throws disturbs nobody', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const run = await runtime.open();
    const others = collect(run.events());
    const stops = (async () => {
      for await (const { seq } of run.events()) if (seq === 2) break;
    })();
    const throws = (async () => {
      for await (const { seq } of run.events()) if (seq === 2) throw new Error('reader');
    })();
    const thrown = expect(throws).rejects.toThrow('reader');
    await write(run, 5);
    await Promise.all([stops, thrown]);
    await run.complete();
    expect(seqsOf(await others)).toEqual(upTo(7));
  });

  it('afterSeq is exclusive, wherever it stands', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const run = await runtime.open();
    await write(run, 8);
    for (const afterSeq of [0, 1, 4, 8, 9]) {
      const log = await collect(run.events({ afterSeq, live: false }));
      expect(seqsOf(log)).toEqual(upTo(9, afterSeq));
    }
    const ahead = collect(run.events({ afterSeq: 10 }));
    await write(run, 2);
    await run.complete();
    expect(seqsOf(await ahead)).toEqual([11, 12]);
    expect(await collect(run.events({ afterSeq: 12 }))).toEqual([]);
    expect(await collect(run.events({ afterSeq: 1_000 }))).toEqual([]);
  });

  it('without live the stored log is all', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const run = await runtime.open();
    await write(run, 300);
    expect(seqsOf(await collect(run.events({ live: false })))).toEqual(upTo(301));
  });

  it('a signal ends the iteration at once, without an error', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const run = await runtime.open();
    await write(run, 3);
    expect(await collect(run.events({ signal: AbortSignal.abort() }))).toEqual([]);
    const controller = new AbortController();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { seq } of run.events({ signal: controller.signal })) {
        seen.push(seq);
        if (seq === 2) controller.abort();
      }
    })();
    await reading;
    expect(seen).toEqual([1, 2]);
    const waits = new AbortController();
    const waited: Envelope[] = [];
    const waiter = (async () => {
      for await (const envelope of run.events({ signal: waits.signal })) waited.push(envelope);
      return waited;
    })();
    await eventually(async () => waited.length === 4);
    waits.abort();
    expect(seqsOf(await waiter)).toEqual(upTo(4));
    expect(await run.status()).toBe('created');
  });

  it('an unknown run is RUN_NOT_FOUND, not an empty log', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    expect(await codeOf(runtime.get('run_none'))).toBe('RUN_NOT_FOUND');
    const known = await runtime.open();
    await known.complete();
    // A handle of a run that another store never had.
    using elsewhere = create();
    await using other = await open({ stores: elsewhere.stores() });
    expect(await codeOf(other.info(known.id))).toBe('RUN_NOT_FOUND');
    expect(await codeOf(other.verify(known.id))).toBe('RUN_NOT_FOUND');
    expect(await codeOf(other.claim(known.id))).toBe('RUN_NOT_FOUND');
  });

  it('following a run that is over ends with what is stored, late events included', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const run = await runtime.open();
    await run.cancel();
    await write(run, 300);
    expect(seqsOf(await collect(run.events()))).toEqual(upTo(302));
  });

  it('[I6] what another runtime records is seen once, in order, together with one’s own', async () => {
    using place = create();
    await using mine = await open({ stores: place.stores() });
    await using theirs = await open({ stores: place.stores() });
    const run = await mine.open();
    const same = await theirs.get(run.id);
    const readers = [collect(run.events()), collect(same.events())];
    for (let i = 0; i < 10; i += 1) {
      await Promise.all([write(run, 20), write(same, 20)]);
      readers.push(collect(run.events()), collect(same.events()));
    }
    await same.complete();
    for (const log of await Promise.all(readers)) expect(seqsOf(log)).toEqual(upTo(402));
  });

  it('[I6] a follower that joins while another runtime ends the run is told of the end', async () => {
    using place = create();
    await using mine = await open({ stores: place.stores() });
    await using theirs = await open({ stores: place.stores() });
    for (let i = 0; i < 30; i += 1) {
      const run = await mine.open();
      const same = await theirs.get(run.id);
      const [log] = await Promise.all([collect(run.events()), same.cancel()]);
      expect(seqsOf(log)).toEqual([1, 2]);
    }
  });

  it('[I6] events that arrive while a page is read are not lost', async () => {
    using place = create();
    const held = heldStores(place.stores());
    await using runtime = await open({ stores: held.stores });
    const run = await runtime.open();
    held.hold('events.read');
    const log = collect(run.events());
    await held.held();
    await write(run, 300);
    held.releaseOne();
    await write(run, 10);
    held.release();
    await run.complete();
    expect(seqsOf(await log)).toEqual(upTo(312));
  });

  it('an envelope that a reader changes is changed for that reader alone', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const run = await runtime.open();
    const careless = (async () => {
      for await (const envelope of run.events()) {
        Object.assign(envelope, { seq: 99, late: true });
        Object.assign(envelope.event, { type: 'changed', n: -1 });
      }
    })();
    const careful = collect(run.events());
    await write(run, 3);
    await run.complete();
    await careless;
    expect((await careful).map(({ seq, event }) => [seq, event.type])).toEqual([
      [1, 'run.created'],
      [2, 'custom.n'],
      [3, 'custom.n'],
      [4, 'custom.n'],
      [5, 'run.completed'],
    ]);
  });

  it('result() answers what the run came to, and an aborted wait leaves the run alone', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const done = await runtime.open();
    const failed = await runtime.open();
    const cancelled = await runtime.open();
    const results = Promise.allSettled([done.result(), failed.result(), cancelled.result()]);
    const controller = new AbortController();
    const waits = done.result({ signal: controller.signal });
    await settled();
    controller.abort(new Error('tired'));
    await expect(waits).rejects.toThrow('tired');
    await done.complete({ a: [1] });
    await failed.fail(new TypeError('broken'));
    await cancelled.cancel({ reason: 'enough' });
    const cause = { name: 'TypeError', message: 'broken' };
    expect(await results).toMatchObject([
      { value: { a: [1] } },
      { reason: { code: 'RUN_FAILED', cause } },
      { reason: { code: 'RUN_CANCELLED' } },
    ]);
    expect(await done.result()).toEqual({ a: [1] });
  });
});
