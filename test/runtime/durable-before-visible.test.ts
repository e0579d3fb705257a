import { describe, expect, it } from 'vitest';
import type { InspectionEvent } from 'xstate';
import { heldStores, InjectedFault } from '../../src/testing/index.ts';
import {
  codeOf,
  collect,
  expectSound,
  open,
  PLACES,
  seqsOf,
  settled,
  stateOf,
  typesOf,
  waiting,
} from '../support/runtime/helpers.ts';

describe.each(PLACES)('on %s', (_, create) => {
  it('[I5] nothing of an event is seen anywhere before its append is durable', async () => {
    using place = create();
    const held = heldStores(place.stores());
    const work = waiting();
    const hooks: string[] = [];
    const inspected: string[] = [];
    await using runtime = await open({
      stores: held.stores,
      definitions: [work.definition],
      inspect: (event: InspectionEvent) => {
        if (event.type === '@xstate.event') inspected.push(event.event.type);
      },
      hooks: {
        onCancelled: ({ runId }) => hooks.push(`cancelled ${runId}`),
        onTerminal: ({ runId }) => hooks.push(`terminal ${runId}`),
      },
    });
    const run = await runtime.start(work.definition);
    await work.hasBegun(run.id);
    const signal = work.signal(run.id);
    const seen: string[] = [];
    const following = (async () => {
      for await (const { event } of run.events()) seen.push(event.type);
    })();
    // A store on another machine takes its time to show what is there.
    await expect.poll(async () => seen.length === (await run.snapshot()).eventCount).toBe(true);
    const shown = [...seen];
    inspected.length = 0;

    held.hold();
    const recording = run.record({ type: 'turn.started' });
    const cancelling = run.cancel({ reason: 'enough' });
    const result = run.result();
    await held.held();
    for (const promise of [recording, cancelling, result]) {
      expect(await stateOf<unknown>(promise.catch(() => 'over'))).toBe('pending');
    }
    expect(seen).toEqual(shown);
    expect(hooks).toEqual([]);
    expect(inspected).toEqual([]);
    expect(signal.aborted).toBe(false);
    expect(await run.snapshot()).toMatchObject({ status: 'executing', cancelReason: null });

    held.release();
    expect(await cancelling).toMatchObject({ outcome: 'cancelled' });
    expect(signal.aborted).toBe(true);
    expect(hooks).toEqual([`cancelled ${run.id}`, `terminal ${run.id}`]);
    expect(inspected).toContain('run.cancelled');
    await following;
    expect(seen.slice(shown.length, shown.length + 2)).toEqual(['turn.started', 'run.cancelled']);
    expect(await codeOf(result)).toBe('RUN_CANCELLED');
  });

  it('[I5] start, open and claim do not answer before they are durable', async () => {
    using place = create();
    const held = heldStores(place.stores());
    const work = waiting();
    await using runtime = await open({ stores: held.stores, definitions: [work.definition] });
    const given = await runtime.open();
    held.hold();
    const calls = [runtime.open(), runtime.start(work.definition), runtime.claim(given.id)];
    await held.held();
    for (const call of calls) expect(await stateOf<unknown>(call)).toBe('pending');
    expect(work.begun).toEqual([]);
    expect((await runtime.list()).runs).toHaveLength(1);
    held.release();
    const [, started] = await Promise.all(calls);
    work.finish(started?.id ?? '');
    await started?.result();
  });

  it('[I5] an append that fails leaves all as it was, takes what waited with it, and the run goes on', async () => {
    using place = create();
    const held = heldStores(place.stores());
    const ended: string[] = [];
    await using runtime = await open({
      stores: held.stores,
      hooks: { onTerminal: ({ runId }) => ended.push(runId) },
    });
    const run = await runtime.open();
    const following = collect(run.events());
    await run.record({ type: 'log' });
    const before = await held.stores.events.get(run.id);
    held.hold();
    const inFlight = codeOf(run.record({ type: 'run.started', prompt: 'p' }));
    await held.held();
    const behind = [run.complete(1), run.cancel(), run.record({ type: 'log' })].map(codeOf);
    held.fail(new InjectedFault('the disk is gone'));
    expect(await Promise.all([inFlight, ...behind])).toEqual([
      'APPEND_FAILED',
      'APPEND_FAILED',
      'APPEND_FAILED',
      'APPEND_FAILED',
    ]);
    expect(await held.stores.events.get(run.id)).toEqual(before);
    expect(ended).toEqual([]);
    expect(await run.complete('after all')).toMatchObject({ outcome: 'completed', seq: 3 });
    expect(typesOf(await following)).toEqual(['run.created', 'log', 'run.completed']);
    await expectSound(held.stores, run.id);
  });

  it('[I5] one run whose batch failed does not keep the others of the runtime', async () => {
    using place = create();
    const held = heldStores(place.stores());
    await using runtime = await open({ stores: held.stores });
    const runs = await Promise.all([runtime.open(), runtime.open(), runtime.open()]);
    held.hold();
    const failing = runs.map((run) => codeOf(run.record({ type: 'log' })));
    await held.held();
    held.fail(new InjectedFault('once'));
    expect(new Set(await Promise.all(failing))).toEqual(new Set(['APPEND_FAILED']));
    const receipts = await Promise.all(runs.map((run) => run.complete()));
    expect(receipts.map(({ seq }) => seq)).toEqual([2, 2, 2]);
  });

  it('[I5] events of one run are shown in order, also when appends take turns', async () => {
    using place = create();
    const held = heldStores(place.stores());
    await using runtime = await open({ stores: held.stores });
    const run = await runtime.open();
    const following = collect(run.events());
    await settled();
    held.hold();
    const recording = [1, 2, 3].map((n) => run.record({ type: 'custom.n', n }));
    await held.held();
    recording.push(run.record({ type: 'custom.n', n: 4 }));
    held.releaseOne();
    await recording[2];
    expect(await stateOf(recording[3] as Promise<unknown>)).toBe('pending');
    held.release();
    await Promise.all(recording);
    await run.complete();
    expect(seqsOf(await following)).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
