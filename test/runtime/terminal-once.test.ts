import { describe, expect, it } from 'vitest';
import { BUILT_IN_TYPES, foldLog, snapshotJson } from '../../src/machines/index.ts';
import type { RunEvent, RunSnapshot } from '../../src/index.ts';
import { outcomeOf, TABLE_TYPES } from '../../src/testing/model/index.ts';
import {
  decisive,
  expectSound,
  logOf,
  open,
  PLACES,
  TERMINAL_EVENTS,
  upTo,
} from '../support/runtime/helpers.ts';

/** Something valid of each built-in type. */
function sampleOf(type: string): RunEvent {
  const error = { name: 'Error', message: 'again' };
  const checks = [{ name: 'c', status: 'failed', required: true }];
  const interruptId = 'ask';
  const reason = 'r';
  return {
    type,
    prompt: 'p',
    plan: 1,
    error,
    reason,
    result: 'o',
    checks,
    attempt: 7,
    interruptId,
  };
}

const LATER: readonly RunEvent[] = [...BUILT_IN_TYPES, 'custom.note', 'whatever']
  .filter((type) => type !== 'run.created')
  .map(sampleOf);

const DECIDED = [
  'status',
  'result',
  'error',
  'cancelReason',
  'verification',
  'prompt',
  'attempt',
] as const;

function decidedOf(snapshot: RunSnapshot): unknown[] {
  return DECIDED.map((field) => snapshot[field]);
}

describe.each(PLACES)('on %s', (_, create) => {
  describe.each(TERMINAL_EVENTS)('a run that ended by $type', (first) => {
    it('[I7] has a higher epoch than before, so that stores refuse what its owner still sends', async () => {
      using place = create();
      const stores = place.stores();
      await using runtime = await open({ stores });
      const run = await runtime.open();
      const { epoch } = await run.snapshot();
      const end = await run.record(first);
      expect(end.epoch).toBe(epoch + 1);
      expect(await stores.events.get(run.id)).toMatchObject({ epoch: epoch + 1, owner: null });
    });

    it.each(LATER)('[I1] [I2] records $type late, and is not changed by it', async (later) => {
      using place = create();
      const stores = place.stores();
      await using runtime = await open({ stores });
      const run = await runtime.open({ prompt: 'mine' });
      await run.record(first);
      const before = await run.snapshot();
      const envelope = await run.record(later);
      const after = await run.snapshot();
      expect(envelope).toMatchObject({ seq: 3, late: true, epoch: before.epoch });
      expect(decidedOf(after)).toEqual(decidedOf(before));
      expect(after).toMatchObject({ eventCount: 3, lateCount: 1 });
      await expectSound(stores, run.id);
    });
  });

  it('[I2] nothing that a cancelled run is told revives it, in any order', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const run = await runtime.open();
    await run.cancel({ reason: 'enough' });
    await Promise.all([...LATER, ...LATER.toReversed()].map((event) => run.record(event)));
    expect(await run.snapshot()).toMatchObject({ status: 'cancelled', cancelReason: 'enough' });
    expect(decisive(await expectSound(stores, run.id))).toHaveLength(1);
  });

  it('[I3] [I4] each type moves an active run as the table of the contract says', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const statuses = [
      ['created', []],
      ['planning', ['planning.started']],
      ['executing', ['run.started']],
      ['verifying', ['verification.started']],
    ] as const;
    const types = TABLE_TYPES.filter((type) => type !== 'run.created');
    for (const [from, way] of statuses) {
      for (const type of types) {
        const run = await runtime.open();
        for (const step of way) await run.record({ type: step });
        // Only what was asked for can be settled.
        const isAnswer = type === 'interrupt.resolved';
        if (isAnswer) await run.record(sampleOf('interrupt.requested'));
        const { seq } = await run.record(sampleOf(type));
        expect(seq).toBe(way.length + (isAnswer ? 3 : 2));
        expect(await run.status(), `${from} + ${type}`).toBe(outcomeOf(from, type));
      }
    }
  });

  it('[I3] the stored snapshot is the fold of the read log after every single event', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const run = await runtime.open({ prompt: 'ünïcode \u2028 "quoted"' });
    for (const event of [...LATER, ...LATER.toReversed()]) {
      await run.record(event);
      const record = await stores.events.get(run.id);
      const folded = foldLog(await logOf(stores, run.id)) as RunSnapshot;
      expect(record?.snapshot, event.type).toBe(snapshotJson(folded));
    }
    expect(await runtime.verify(run.id)).toMatchObject({ ok: true, problems: [] });
  });

  it('[I4] seq is 1 to n in call order, also when all calls are made at once', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const run = await runtime.open();
    const envelopes = await Promise.all(upTo(600).map((n) => run.record({ type: 'custom.n', n })));
    expect(envelopes.map(({ seq, event }) => seq - Number(event['n']))).toEqual(
      upTo(600).map(() => 1),
    );
    expect(await expectSound(stores, run.id)).toHaveLength(601);
  });

  it('[I4] a second run.created is refused, and the run goes on', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const run = await runtime.open();
    await expect(run.record({ type: 'run.created' })).rejects.toMatchObject({
      code: 'EVENT_INVALID',
    });
    expect(await run.record({ type: 'log' })).toMatchObject({ seq: 2 });
  });

  it('[I10] time never goes back in a run, also when the clock does', async () => {
    using place = create();
    const stores = place.stores();
    const times = [5_000, 4_000, 6_000, 1, 5_999, 6_001];
    await using runtime = await open({ stores, clock: () => times.shift() ?? 2 });
    const run = await runtime.open();
    for (let n = 0; n < 6; n += 1) await run.record({ type: 'log' });
    const log = await expectSound(stores, run.id);
    expect(log.map(({ emittedAtMs }) => emittedAtMs)).toEqual([
      5_000, 5_000, 6_000, 6_000, 6_000, 6_001, 6_001,
    ]);
    expect(await run.snapshot()).toMatchObject({ createdAtMs: 5_000, updatedAtMs: 6_001 });
  });

  it('[I10] another runtime with a slow clock does not turn time back', async () => {
    using place = create();
    const stores = place.stores();
    await using fast = await open({ stores, clock: () => 9_000 });
    await using slow = await open({ stores: place.stores(), clock: () => 10 });
    const run = await fast.open();
    await (await slow.get(run.id)).record({ type: 'log' });
    await slow.claim(run.id);
    await (await slow.get(run.id)).cancel();
    const log = await expectSound(stores, run.id);
    expect(new Set(log.map(({ emittedAtMs }) => emittedAtMs))).toEqual(new Set([9_000]));
  });
});
