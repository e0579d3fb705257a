import { describe, expect, it } from 'vitest';
import { defineRun } from '../../src/index.ts';
import type { Commit } from '../../src/stores/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { faultyStores } from '../../src/testing/index.ts';
import {
  codeOf,
  decisive,
  eventually,
  expectSound,
  open,
  PLACES,
  typesOf,
  waiting,
} from '../support/runtime/helpers.ts';

describe.each(PLACES)('on %s', (_, create) => {
  it('[I7] after a claim the earlier owner is refused everything, and may cancel all the same', async () => {
    using place = create();
    const stores = place.stores();
    await using first = await open({ stores });
    await using second = await open({ stores: place.stores() });
    const old = await first.open();
    await old.record({ type: 'run.started', prompt: 'p' });
    const claimed = await second.claim(old.id);
    const before = await old.snapshot();
    const refused = [
      old.record({ type: 'log' }),
      old.record({ type: 'log' }, { idempotencyKey: 'k' }),
      old.record({ type: 'log' }, { expectedSeq: 3 }),
      old.complete(1),
      old.fail(new Error('no')),
      old.outputs.progress('late'),
      old.outputs.final('late'),
    ];
    expect(new Set(await Promise.all(refused.map(codeOf)))).toEqual(new Set(['OWNER_FENCED']));
    expect(await old.snapshot()).toEqual(before);
    expect(await claimed?.record({ type: 'log' })).toMatchObject({ seq: 4, epoch: 2 });
    expect(await old.cancel()).toMatchObject({ outcome: 'cancelled', seq: 5 });
    expect(decisive(await expectSound(stores, old.id))).toHaveLength(1);
  });

  it('[I7] the store itself refuses an append with an old epoch', async () => {
    using place = create();
    const stores = place.stores();
    await using first = await open({ stores });
    const run = await first.open();
    await first.claim(run.id);
    const record = await stores.events.get(run.id);
    if (record === undefined) throw new TypeError('Expected a run');
    const commit = (expectedEpoch: number): Commit => ({
      run: { ...record, lastSeq: 3 },
      expectedSeq: 2,
      expectedEpoch,
      events: [
        {
          seq: 3,
          eventId: `evt_raw_${expectedEpoch}`,
          type: 'log',
          emittedAtMs: record.updatedAtMs,
          epoch: expectedEpoch,
          late: false,
          payload: '{"type":"log"}',
        },
      ],
    });
    expect(await stores.events.append([commit(1)])).toEqual([
      { kind: 'refused', code: 'OWNER_FENCED' },
    ]);
    expect(await stores.events.get(run.id)).toEqual(record);
  });

  it('[I7] anybody may record late events on a run that is over, whatever epoch they had', async () => {
    using place = create();
    const stores = place.stores();
    await using first = await open({ stores });
    await using second = await open({ stores: place.stores() });
    const old = await first.open();
    const claimed = await second.claim(old.id);
    await claimed?.complete('done');
    const stranger = await second.get(old.id);
    for (const run of [old, claimed, stranger]) {
      expect(await run?.record({ type: 'log' })).toMatchObject({ late: true });
      expect(await run?.fail('late')).toMatchObject({ outcome: 'already-terminal', seq: 3 });
    }
    expect(await old.snapshot()).toMatchObject({ status: 'completed', lateCount: 6, error: null });
    expect(await first.claim(old.id)).toBeUndefined();
    await expectSound(stores, old.id);
  });

  it('[I7] a definition whose run is taken over is told to stop, and its last word is refused', async () => {
    using place = create();
    const stores = place.stores();
    const work = waiting();
    await using first = await open({ stores, definitions: [work.definition] });
    await using second = await open({ stores: place.stores() });
    const run = await first.start(work.definition);
    await work.hasBegun(run.id);
    const claimed = await second.claim(run.id);
    await eventually(() => work.signal(run.id).aborted);
    expect(work.signal(run.id).reason).toMatchObject({ code: 'OWNER_FENCED' });
    await first.drain();
    expect(await claimed?.complete('mine')).toMatchObject({ outcome: 'completed' });
    const log = await expectSound(stores, run.id);
    expect(typesOf(log).slice(-2)).toEqual(['attempt.started', 'run.completed']);
    expect(await run.snapshot()).toMatchObject({ attempt: 2, lateCount: 0, result: 'mine' });
  });

  it('[I7] a definition that ignores its signal changes nothing after a take-over', async () => {
    using place = create();
    const stores = place.stores();
    const gate = Promise.withResolvers<void>();
    const codes: string[] = [];
    const deaf = defineRun({
      name: 'deaf',
      execute: async ({ emit, outputs, step }) => {
        await gate.promise;
        codes.push(await codeOf(emit({ type: 'log' })));
        codes.push(await codeOf(outputs.final('mine')));
        await step('s', () => 1).catch(() => codes.push('step refused'));
        return 'mine';
      },
    });
    await using runtime = await open({ stores, definitions: [deaf] });
    const run = await runtime.start(deaf);
    await eventually(async () => (await run.status()) === 'executing');
    const claimed = await runtime.claim(run.id);
    gate.resolve();
    await runtime.drain();
    expect(codes).toEqual(['OWNER_FENCED', 'OWNER_FENCED', 'step refused']);
    expect(await run.snapshot()).toMatchObject({ status: 'executing', lateCount: 0 });
    expect(await run.outputs.list()).toEqual([]);
    await claimed?.cancel();
    await expectSound(stores, run.id);
  });

  it('[I7] of many claims at once each gets an epoch of its own, and only the last one drives', async () => {
    using place = create();
    const stores = place.stores();
    await using first = await open({ stores });
    await using second = await open({ stores: place.stores() });
    const run = await first.open();
    const handles = await Promise.all(
      [first, second, first, second, second].map((runtime) => runtime.claim(run.id)),
    );
    const codes = await Promise.all(
      handles.map((handle) => codeOf(handle?.record({ type: 'log' }) ?? Promise.resolve())),
    );
    expect(codes.filter((code) => code === 'none')).toHaveLength(1);
    expect(codes.filter((code) => code === 'OWNER_FENCED')).toHaveLength(4);
    expect(await run.snapshot()).toMatchObject({ epoch: 6, attempt: 5 });
    await expectSound(stores, run.id);
  });

  it('[I7] the owner of a run is told, and whether it is alive', async () => {
    using place = create();
    const first = await open({ stores: place.stores(), ids: { owner: () => 'own_first' } });
    await using second = await open({ stores: place.stores(), ids: { owner: () => 'own_second' } });
    const run = await first.open();
    expect(await second.info(run.id)).toMatchObject({ owner: { id: 'own_first', alive: true } });
    await first.close();
    expect(await second.info(run.id)).toMatchObject({ owner: { id: 'own_first', alive: false } });
    expect((await second.diagnose()).abandoned).toHaveLength(1);
    const claimed = await second.claim(run.id);
    expect(await second.info(run.id)).toMatchObject({ owner: { id: 'own_second', alive: true } });
    await claimed?.complete();
    expect(await second.info(run.id)).toMatchObject({ owner: null });
  });
});

it('a process that could not be made known as an owner is made known at the next need of it', async () => {
  const faulty = faultyStores(memory());
  await using runtime = await open({ stores: faulty.stores });
  faulty.arm(1, 'once', ({ method }) => method === 'events.enlist');
  await expect(runtime.open()).rejects.toThrow();
  const run = await runtime.open();
  expect(await runtime.info(run.id)).toMatchObject({ owner: { alive: true } });
});
