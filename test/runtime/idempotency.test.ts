import { describe, expect, it } from 'vitest';
import { codeOf, expectSound, open, PLACES, waiting } from '../support/runtime/helpers.ts';

describe.each(PLACES)('on %s', (_, create) => {
  it('[I8] the same key on a run answers the first envelope and records nothing', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const run = await runtime.open();
    const first = await run.record({ type: 'log', n: 1 }, { idempotencyKey: 'k' });
    await run.record({ type: 'log', n: 2 });
    expect(await run.record({ type: 'turn.started' }, { idempotencyKey: 'k' })).toEqual(first);
    expect(await run.snapshot()).toMatchObject({ eventCount: 3, status: 'created' });
    // Keys are each run's own.
    const other = await runtime.open();
    expect(await other.record({ type: 'log' }, { idempotencyKey: 'k' })).toMatchObject({ seq: 2 });
    await expectSound(stores, run.id);
  });

  it('[I8] the same key at once, from two runtimes, records one event', async () => {
    using place = create();
    const stores = place.stores();
    await using first = await open({ stores });
    await using second = await open({ stores: place.stores() });
    const run = await first.open();
    const same = await second.get(run.id);
    const envelopes = await Promise.all(
      [run, same, run, same, run, same].map((handle, n) =>
        handle.record({ type: 'custom.n', n }, { idempotencyKey: 'k' }),
      ),
    );
    expect(new Set(envelopes.map(({ eventId }) => eventId)).size).toBe(1);
    expect(await expectSound(stores, run.id)).toHaveLength(2);
  });

  it('[I8] the repeat is answered after the end, with a stale seq, and to a fenced owner', async () => {
    using place = create();
    const stores = place.stores();
    await using first = await open({ stores });
    await using second = await open({ stores: place.stores() });
    const run = await first.open({ requireVerification: true });
    const key = { idempotencyKey: 'k' };
    const envelope = await run.record({ type: 'log' }, { ...key, expectedSeq: 1 });
    await run.record({ type: 'log' });
    expect(await run.record({ type: 'log' }, { ...key, expectedSeq: 1 })).toEqual(envelope);
    expect(await run.record({ type: 'run.completed' }, key)).toEqual(envelope);
    await second.claim(run.id);
    expect(await run.record({ type: 'log' }, key)).toEqual(envelope);
    await run.cancel();
    expect(await run.record({ type: 'log' }, key)).toEqual(envelope);
    expect(await run.record({ type: 'log' }, { ...key, expectedSeq: 99 })).toEqual(envelope);
    expect(await expectSound(stores, run.id)).toHaveLength(5);
  });

  it('[I8] a key of an event that was refused is free', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const run = await runtime.open();
    const key = { idempotencyKey: 'k' };
    expect(await codeOf(run.record({ type: 'log' }, { ...key, expectedSeq: 7 }))).toBe(
      'SEQ_CONFLICT',
    );
    expect(await run.record({ type: 'log' }, key)).toMatchObject({ seq: 2 });
  });

  it('[I8] a keyed event keeps its place among those without a key', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const run = await runtime.open();
    await Promise.all(
      [1, 2, 3, 4, 5, 6].map((n) =>
        run.record({ type: 'custom.n', n }, n % 2 === 0 ? { idempotencyKey: `k${n}` } : {}),
      ),
    );
    const log = await expectSound(stores, run.id);
    expect(log.slice(1).map(({ event }) => event['n'])).toEqual([1, 2, 3, 4, 5, 6]);
    // And its key is that of no other event.
    for (const n of [2, 4, 6]) {
      const again = await run.record({ type: 'log' }, { idempotencyKey: `k${n}` });
      expect(again.event['n']).toBe(n);
    }
    expect(await run.snapshot()).toMatchObject({ eventCount: 7 });
  });

  it('[I8] open with the same key answers the same run, also at once, from two runtimes', async () => {
    using place = create();
    await using first = await open({ stores: place.stores() });
    await using second = await open({ stores: place.stores() });
    const runs = await Promise.all(
      [first, second, first, second].map((runtime, n) =>
        runtime.open({ idempotencyKey: 'once', prompt: `${n}`, sessionId: `s${n}` }),
      ),
    );
    expect(new Set(runs.map(({ id }) => id)).size).toBe(1);
    expect(new Set(runs.map(({ sessionId }) => sessionId)).size).toBe(1);
    expect((await first.list()).runs).toHaveLength(1);
    await runs[0]?.cancel();
    const after = await second.open({ idempotencyKey: 'once' });
    expect(after.id).toBe(runs[0]?.id);
    expect(await after.status()).toBe('cancelled');
  });

  it('[I8] start with the same key begins the work once, also after the run is over', async () => {
    using place = create();
    const work = waiting();
    const definitions = [work.definition];
    await using first = await open({ stores: place.stores(), definitions });
    await using second = await open({ stores: place.stores(), definitions });
    const start = { idempotencyKey: 'once' };
    const runs = await Promise.all(
      [first, second, first, second, first].map((runtime) => runtime.start(work.definition, start)),
    );
    const id = runs[0]?.id ?? '';
    expect(new Set(runs.map((run) => run.id))).toEqual(new Set([id]));
    await work.hasBegun(id);
    work.finish(id, 'once');
    for (const run of runs) expect(await run.result()).toBe('once');
    const again = await first.start(work.definition, start);
    expect(await again.result()).toBe('once');
    await first.drain();
    await second.drain();
    expect(work.begun).toEqual([id]);
  });

  it('a run id that is taken is RUN_EXISTS, and the run is unharmed', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const run = await runtime.open({ runId: 'run_mine' });
    await run.record({ type: 'run.started', prompt: 'p' });
    const codes = await Promise.all(
      [1, 2, 3].map(() => codeOf(runtime.open({ runId: 'run_mine', prompt: 'other' }))),
    );
    expect(codes).toEqual(['RUN_EXISTS', 'RUN_EXISTS', 'RUN_EXISTS']);
    expect(await run.snapshot()).toMatchObject({ prompt: 'p', eventCount: 2 });
    expect(await run.record({ type: 'log' })).toMatchObject({ seq: 3 });
    await expectSound(stores, run.id);
  });

  it('[I8] expectedSeq lets one of many through', async () => {
    using place = create();
    const stores = place.stores();
    await using first = await open({ stores });
    await using second = await open({ stores: place.stores() });
    const run = await first.open();
    const same = await second.get(run.id);
    const codes = await Promise.all(
      [run, same, run, same].map((handle) =>
        codeOf(handle.record({ type: 'log' }, { expectedSeq: 1 })),
      ),
    );
    expect(codes.toSorted()).toEqual(['SEQ_CONFLICT', 'SEQ_CONFLICT', 'SEQ_CONFLICT', 'none']);
    expect(await expectSound(stores, run.id)).toHaveLength(2);
  });
});
