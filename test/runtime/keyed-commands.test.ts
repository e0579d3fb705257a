import { describe, expect, it } from 'vitest';
import { codeOf, eventually, expectSound, open, PLACES } from '../support/runtime/helpers.ts';
import { defineRun, type RunChange } from '../../src/index.ts';

describe.each(PLACES)('a command with an idempotency key on %s', (_, create) => {
  it.each(['complete', 'fail', 'cancel'] as const)(
    '[I8] %s twice answers the first receipt twice, also at once, and ends the run once',
    async (command) => {
      using place = create();
      const stores = place.stores();
      await using runtime = await open({ stores });
      const run = await runtime.open();
      const give = () =>
        command === 'cancel'
          ? run.cancel({ reason: 'enough', idempotencyKey: 'once' })
          : run[command]('so', { idempotencyKey: 'once' });
      const [first, second] = await Promise.all([give(), give()]);
      expect(second).toEqual(first);
      expect(await give()).toEqual(first);
      expect(first.outcome).toBe(first.status);
      expect((await expectSound(stores, run.id)).length).toBe(2);
      expect(await run.cancel()).toMatchObject({ seq: first.seq });
    },
  );

  it('[I8] claim twice with a key takes the run over once', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const { id } = await runtime.open();
    const [first, second] = [
      await runtime.claim(id, { idempotencyKey: 'mine' }),
      await runtime.claim(id, { idempotencyKey: 'mine' }),
    ];
    expect(second?.epoch).toBe(first?.epoch);
    await second?.record({ type: 'log' });
    const other = await runtime.claim(id, { idempotencyKey: 'theirs' });
    expect(other?.epoch).toBeGreaterThan(Number(first?.epoch));
    const late = await runtime.claim(id, { idempotencyKey: 'mine' });
    expect(await codeOf(late?.record({ type: 'log' }) ?? Promise.resolve())).toBe('OWNER_FENCED');
  });

  it('[I8] an output given twice with a key is there once', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const { outputs, id } = await runtime.open();
    const give = () => outputs.artifact('report', { a: 1 }, { idempotencyKey: 'once' });
    const [first, second] = await Promise.all([give(), give()]);
    expect(second).toEqual(first);
    expect(await give()).toEqual(first);
    expect(await outputs.list()).toEqual([first]);
    const told = (await expectSound(stores, id)).filter(
      ({ event }) => event.type === 'output.appended',
    );
    expect(told).toHaveLength(1);
  });

  it('[I8] a key that recorded something else ends nothing', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const run = await runtime.open();
    await run.record({ type: 'log' }, { idempotencyKey: 'once' });
    expect(await codeOf(run.complete('x', { idempotencyKey: 'once' }))).toBe('INPUT_INVALID');
    expect(await run.status()).toBe('created');
  });

  it('[I7] get with the epoch of a handle drives the run as that does, until it is taken over', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const { id, epoch } = await runtime.open();
    expect((await runtime.get(id)).epoch).toBeUndefined();
    const again = await runtime.get(id, { epoch: Number(epoch) });
    await again.record({ type: 'log' });
    await runtime.claim(id);
    expect(await codeOf(again.record({ type: 'log' }))).toBe('OWNER_FENCED');
    expect(await codeOf(again.outputs.partial(1))).toBe('OWNER_FENCED');
  });

  it('[I8] an interrupt answered twice with a key is answered once, without an error', async () => {
    using place = create();
    const asks = defineRun({
      name: 'asks',
      execute: async ({ interrupt }) => interrupt({ name: 'go', question: 'Go?' }),
    });
    await using runtime = await open({ stores: place.stores(), definitions: [asks] });
    const run = await runtime.start(asks);
    await eventually(async () => (await run.interrupts.list()).length === 1);
    const [asked] = await run.interrupts.list();
    const answer = (idempotencyKey: string) =>
      run.interrupts.resolve(String(asked?.id), String(asked?.token), 'yes', { idempotencyKey });
    await answer('once');
    await answer('once');
    expect(await run.result()).toBe('yes');
    await answer('once');
    expect(await codeOf(answer('twice'))).toBe('INTERRUPT_SETTLED');
  });
});

describe.each(PLACES)('bytes on %s', (_, create) => {
  it('that come from anywhere are kept whole, and read in parts', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const { outputs } = await runtime.open();
    const bytes = Uint8Array.from({ length: 300_000 }, (__, i) => i % 251);
    async function* chunks() {
      yield bytes.subarray(0, 100_000);
      yield bytes.subarray(100_000);
    }
    const record = await outputs.bytes('blob', chunks(), { mime: 'x/y', fileName: 'b.bin' });
    expect(record.event).toMatchObject({ content: { path: 'b.bin', mime: 'x/y', size: 300_000 } });
    const read = async (range?: { start: number; end?: number }) => {
      const parts: Uint8Array[] = [];
      for await (const part of await runtime.outputs.read(record.id, range)) parts.push(part);
      return Buffer.concat(parts);
    };
    expect((await read()).equals(bytes)).toBe(true);
    expect(
      (await read({ start: 99_990, end: 100_010 })).equals(bytes.subarray(99_990, 100_010)),
    ).toBe(true);
    expect((await read({ start: 299_999 })).equals(bytes.subarray(299_999))).toBe(true);
    expect(await read({ start: 300_000 })).toHaveLength(0);
    const small = await outputs.artifact('small', { a: 1 });
    const parts: Uint8Array[] = [];
    for await (const part of await outputs.read(small, { start: 2, end: 5 })) parts.push(part);
    expect(Buffer.concat(parts).toString()).toBe('a":');
  });
});

describe.each(PLACES)('changes on %s', (_, create) => {
  it('tell runs that begin, change, end and go, each as it is by then', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const ending = new AbortController();
    const seen: RunChange[] = [];
    const changes = runtime.changes({ signal: ending.signal });
    const reading = (async () => {
      for await (const change of changes) seen.push(change);
    })();
    await eventually(async () => {
      await (await runtime.open()).cancel();
      return seen.some((change) => change.kind === 'changed');
    });
    const run = await runtime.open();
    const last = () =>
      seen.findLast((change) => change.kind === 'changed' && change.run.snapshot.runId === run.id);
    await run.complete('done');
    await eventually(() => {
      const change = last();
      return change?.kind === 'changed' && change.run.snapshot.status === 'completed';
    });
    await runtime.prune({});
    await eventually(() =>
      seen.some((change) => change.kind === 'gone' && change.runId === run.id),
    );
    ending.abort();
    await reading;
  });
});
