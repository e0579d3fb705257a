import { describe, expect, it } from 'vitest';
import { defineRun } from '../../src/index.ts';
import {
  codeOf,
  eventually,
  expectSound,
  open,
  PLACES,
  typesOf,
  waiting,
} from '../support/runtime/helpers.ts';

describe.each(PLACES)('on %s', (_, create) => {
  it.each([
    ['created', [], 'cancelled', 2],
    ['planning', ['planning.started'], 'cancelled', 3],
    ['executing', ['run.started'], 'cancelled', 3],
    ['verifying', ['verification.started'], 'cancelled', 3],
    ['completed', ['run.completed'], 'already-terminal', 2],
    ['failed', ['run.failed'], 'already-terminal', 2],
    ['cancelled', ['run.cancelled'], 'already-cancelled', 2],
  ] as const)('[I1] cancelling a run that is %s', async (status, way, outcome, seq) => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const run = await runtime.open();
    for (const type of way) await run.record({ type, error: { name: 'E', message: 'm' } });
    expect(await run.status()).toBe(status);
    const expected = {
      outcome,
      status: outcome === 'already-terminal' ? status : 'cancelled',
      seq,
    };
    expect(await run.cancel({ reason: 'r' })).toEqual(expected);
    const again = status === 'completed' || status === 'failed' ? outcome : 'already-cancelled';
    expect(await run.cancel({ reason: 'again' })).toEqual({ ...expected, outcome: again });
    // A late event moves the log on, and the receipt still names the one that decided.
    await run.record({ type: 'log' });
    expect(await run.cancel()).toEqual({ ...expected, outcome: again });
    expect(await run.snapshot()).toMatchObject({ lateCount: 1 });
    await expectSound(stores, run.id);
  });

  it('cancelling an unknown run is RUN_NOT_FOUND', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    expect(await codeOf(runtime.get('run_none').then((run) => run.cancel()))).toBe('RUN_NOT_FOUND');
  });

  it('[I9] once cancel has answered the signal is aborted, and what the work still does is late', async () => {
    using place = create();
    const stores = place.stores();
    const gate = Promise.withResolvers<void>();
    let signal: AbortSignal | undefined;
    const seqs: number[] = [];
    const deaf = defineRun<undefined, undefined, string>({
      name: 'deaf',
      execute: async (context) => {
        signal = context.signal;
        await gate.promise;
        seqs.push(await context.emit({ type: 'turn.started' }));
        await context.outputs.final('late');
        return 'late';
      },
    });
    await using runtime = await open({ stores, definitions: [deaf] });
    const run = await runtime.start(deaf);
    await eventually(() => signal !== undefined);
    const receipt = await run.cancel({ reason: 'enough' });
    expect(receipt).toMatchObject({ outcome: 'cancelled', status: 'cancelled' });
    expect(signal?.aborted).toBe(true);
    expect(signal?.reason).toMatchObject({ code: 'RUN_CANCELLED' });
    gate.resolve();
    await runtime.drain();
    const log = await expectSound(stores, run.id);
    expect(seqs).toEqual([receipt.seq + 1]);
    expect(typesOf(log).slice(receipt.seq)).toEqual([
      'turn.started',
      'output.appended',
      'run.completed',
    ]);
    expect(await run.snapshot()).toMatchObject({ status: 'cancelled', lateCount: 3, result: null });
  });

  it('[I9] a cancel from another runtime reaches the work, whatever it waits for', async () => {
    using place = create();
    const stores = place.stores();
    const work = waiting();
    await using first = await open({ stores, definitions: [work.definition] });
    await using second = await open({ stores: place.stores() });
    const runs = await Promise.all([1, 2, 3, 4, 5].map(() => first.start(work.definition)));
    await Promise.all(runs.map(({ id }) => work.hasBegun(id)));
    const receipts = await Promise.all(
      runs.map(async ({ id }) => (await second.get(id)).cancel({ reason: 'from afar' })),
    );
    expect(new Set(receipts.map(({ outcome }) => outcome))).toEqual(new Set(['cancelled']));
    await eventually(() => runs.every(({ id }) => work.signal(id).aborted));
    expect(work.signal(runs[0]?.id ?? '').reason).toMatchObject({ code: 'RUN_CANCELLED' });
    await first.drain();
    for (const { id } of runs) expect((await expectSound(stores, id)).at(-1)?.late).toBe(false);
  });

  it('a queued run is cancelled at once and never begun', async () => {
    using place = create();
    const stores = place.stores();
    const work = waiting();
    await using runtime = await open({ stores, definitions: [work.definition] });
    const first = await runtime.start(work.definition, { sessionId: 's' });
    const queued = await runtime.start(work.definition, { sessionId: 's' });
    const last = await runtime.start(work.definition, { sessionId: 's' });
    await work.hasBegun(first.id);
    expect(await queued.cancel()).toEqual({ outcome: 'cancelled', status: 'cancelled', seq: 2 });
    work.finish(first.id);
    await work.hasBegun(last.id);
    work.finish(last.id);
    await runtime.drain();
    expect(work.begun).toEqual([first.id, last.id]);
    expect(typesOf(await expectSound(stores, queued.id))).toEqual(['run.created', 'run.cancelled']);
  });

  it('a queued run that another runtime cancels is never begun either', async () => {
    using place = create();
    const stores = place.stores();
    const work = waiting();
    await using runtime = await open({ stores, definitions: [work.definition] });
    await using other = await open({ stores: place.stores() });
    const first = await runtime.start(work.definition, { sessionId: 's' });
    const queued = await runtime.start(work.definition, { sessionId: 's' });
    await work.hasBegun(first.id);
    await (await other.get(queued.id)).cancel();
    work.finish(first.id);
    await runtime.drain();
    expect(work.begun).toEqual([first.id]);
    expect(await queued.status()).toBe('cancelled');
    expect(typesOf(await expectSound(stores, queued.id))).toEqual(['run.created', 'run.cancelled']);
  });

  it('hooks of a cancel run once per run, however many cancel, in however many runtimes', async () => {
    using place = create();
    const stores = place.stores();
    const calls: string[] = [];
    const hooks = {
      onCancelled: ({ runId }: { runId: string }) => calls.push(`cancelled ${runId}`),
      onTerminal: ({ runId }: { runId: string }) => calls.push(`terminal ${runId}`),
    };
    await using first = await open({ stores, hooks });
    await using second = await open({ stores: place.stores(), hooks });
    const ids: string[] = [];
    for (let i = 0; i < 20; i += 1) {
      const run = await first.open();
      const same = await second.get(run.id);
      ids.push(run.id);
      const receipts = await Promise.all([run, same, run, same].map((handle) => handle.cancel()));
      expect(receipts.map(({ outcome }) => outcome).toSorted()).toEqual([
        'already-cancelled',
        'already-cancelled',
        'already-cancelled',
        'cancelled',
      ]);
    }
    const expected = ids.flatMap((id) => [`cancelled ${id}`, `terminal ${id}`]);
    expect(calls.toSorted()).toEqual(expected.toSorted());
  });

  it('a cancel of what is completed or failed runs no hook of a cancel', async () => {
    using place = create();
    const calls: string[] = [];
    await using runtime = await open({
      stores: place.stores(),
      hooks: {
        onCancelled: () => calls.push('cancelled'),
        onTerminal: ({ status }) => calls.push(status),
      },
    });
    const done = await runtime.open();
    await done.complete();
    await done.cancel();
    const failed = await runtime.open();
    await failed.fail('x');
    await failed.cancel();
    expect(calls).toEqual(['completed', 'failed']);
  });

  it('a reader that goes away cancels nothing', async () => {
    using place = create();
    const work = waiting();
    await using runtime = await open({ stores: place.stores(), definitions: [work.definition] });
    const run = await runtime.start(work.definition);
    await work.hasBegun(run.id);
    for await (const { event } of run.events()) if (event.type === 'run.started') break;
    const controller = new AbortController();
    const waits = run.result({ signal: controller.signal });
    controller.abort();
    await waits.catch(() => {});
    expect(await run.status()).toBe('executing');
    work.finish(run.id);
    expect(await run.result()).toBe('done');
  });
});
