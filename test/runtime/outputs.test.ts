import { describe, expect, it } from 'vitest';
import { defineRun } from '../../src/index.ts';
import { codeOf, expectSound, open, PLACES, upTo } from '../support/runtime/helpers.ts';

describe.each(PLACES)('on %s', (_, create) => {
  it('outputs are kept in order, each told of by an event that names it', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const run = await runtime.open();
    const { outputs } = run;
    const given = [
      await outputs.progress('fetching', 'page 1'),
      await outputs.partial('chunk'),
      await outputs.artifact('report', { lines: 3 }, { producer: 'writer' }),
      await outputs.final('done', { ok: false }),
    ];
    expect(await outputs.list()).toEqual(given);
    const log = await expectSound(stores, run.id);
    expect(log.slice(1).map(({ event }) => event)).toEqual([
      { type: 'output.appended', outputId: given[0]?.id, kind: 'progress', producer: 'run' },
      { type: 'output.appended', outputId: given[1]?.id, kind: 'partial', producer: 'run' },
      {
        type: 'output.appended',
        outputId: given[2]?.id,
        kind: 'artifact',
        producer: 'writer',
        name: 'report',
      },
      { type: 'output.appended', outputId: given[3]?.id, kind: 'final', producer: 'run' },
    ]);
    for (const record of given) expect(await outputs.get(record.id)).toEqual(record);
    expect(await outputs.latestByProducer('run')).toEqual(given[3]);
    expect(await outputs.latestByProducer('writer')).toEqual(given[2]);
    expect(await outputs.latestByArtifact('report')).toEqual(given[2]);
    expect(await outputs.verdict(1)).toMatchObject({ event: { type: 'final', ok: false } });
    expect(await outputs.listForAttempt(1)).toEqual(given);
    const afterId = given[1]?.id ?? '';
    expect(await outputs.list({ afterId })).toEqual(given.slice(2));
    expect(await outputs.list({ limit: 1 })).toEqual(given.slice(0, 1));
  });

  it('a second final of an attempt is refused and leaves no trace', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const run = await runtime.open();
    const codes = await Promise.all([1, 2, 3].map((n) => codeOf(run.outputs.final(n))));
    expect(codes.toSorted()).toEqual(['ATTEMPT_CLOSED', 'ATTEMPT_CLOSED', 'none']);
    expect(await run.outputs.list()).toHaveLength(1);
    expect(await expectSound(stores, run.id)).toHaveLength(2);
    expect(await codeOf(run.outputs.final(1, { taskId: 'another' }))).toBe('none');
  });

  it('an output of a parent that does not exist is refused and leaves no trace', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const run = await runtime.open();
    const parent = await run.outputs.partial('a');
    const parentRefs = [parent.id];
    const child = run.outputs.artifact('b', 1, { parentRefs });
    parentRefs.push('out_none');
    expect((await child).parentRefs).toEqual([parent.id]);
    expect(await codeOf(run.outputs.partial('c', { parentRefs }))).toBe('OUTPUT_NOT_FOUND');
    expect(await codeOf(run.outputs.get('out_none'))).toBe('OUTPUT_NOT_FOUND');
    expect(await run.outputs.list()).toHaveLength(2);
    expect(await expectSound(stores, run.id)).toHaveLength(3);
  });

  it('what is not JSON, or too large, is refused and leaves no trace', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const run = await runtime.open();
    const large = 'x'.repeat(1024 * 1024 + 1);
    const values = [new Date(), NaN, { f: () => {} }, large] as never[];
    // Refused where it is called or by its promise: a caller awaits either.
    const refused = values.map((value) => codeOf((async () => run.outputs.artifact('a', value))()));
    expect(new Set(await Promise.all(refused))).toEqual(new Set(['OUTPUT_INVALID']));
    expect(await run.outputs.list()).toEqual([]);
    expect(await expectSound(stores, run.id)).toHaveLength(1);
  });

  it('latest by name stays within the run unless asked otherwise', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores() });
    const [first, second] = await Promise.all([runtime.open(), runtime.open()]);
    const mine = await first.outputs.artifact('a', 1, { producer: 'p' });
    const theirs = await second.outputs.artifact('a', 2, { producer: 'p' });
    expect(await first.outputs.latestByArtifact('a')).toEqual(mine);
    expect(await first.outputs.latestByProducer('p')).toEqual(mine);
    expect(await first.outputs.latestByArtifact('a', { scope: 'all' })).toEqual(theirs);
    expect(await first.outputs.latestByProducer('p', { scope: 'all' })).toEqual(theirs);
    expect(await first.outputs.latestByArtifact('none')).toBeUndefined();
  });

  it('outputs given out by a definition belong to its attempt', async () => {
    using place = create();
    const stores = place.stores();
    const gives = defineRun({
      name: 'gives',
      execute: async ({ outputs }) => {
        await Promise.all(upTo(20).map((n) => outputs.partial(n)));
        await outputs.final('all');
      },
    });
    await using runtime = await open({ stores, definitions: [gives] });
    const run = await runtime.start(gives);
    await run.result();
    const records = await run.outputs.listForAttempt(1);
    expect(records).toHaveLength(21);
    const told = (await expectSound(stores, run.id)).flatMap(
      ({ event }) => event['outputId'] ?? [],
    );
    expect(new Set(told)).toEqual(new Set(records.map(({ id }) => id)));
    expect(told).toHaveLength(records.length);
    expect(records.at(-1)?.event.type).toBe('final');
  });

  it('an output given out after the end is kept, and its event is late', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const run = await runtime.open();
    await run.cancel();
    const { id } = await run.outputs.artifact('a', 1);
    expect(await run.outputs.get(id)).toMatchObject({ id });
    expect((await expectSound(stores, run.id)).at(-1)).toMatchObject({ late: true });
  });
});
