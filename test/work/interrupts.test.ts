import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineRun, type Run } from '../../src/index.ts';
import { codeOf, eventually, expectSound, open, PLACES } from '../support/runtime/helpers.ts';
import { virtualClock } from '../../src/testing/index.ts';

const release = defineRun<undefined, undefined, unknown>({
  name: 'release',
  execute: async ({ step, interrupt }) => {
    const version = await step('build', () => '1.2.3');
    const answer = await interrupt({
      question: `Release ${version}?`,
      schema: z.object({ approved: z.boolean(), note: z.string().default('none') }),
    });
    return { version, ...answer };
  },
});

async function openInterrupts(run: Pick<Run<unknown>, 'snapshot' | 'interrupts'>, n = 1) {
  await eventually(async () => (await run.snapshot()).waiting?.parked === 'waiting');
  const open = await run.interrupts.list();
  expect(open).toHaveLength(n);
  return open;
}

describe.each(PLACES)('on %s', (_, create) => {
  it('a run asks, is let go of, and goes on with the answer in another process', async () => {
    using place = create();
    let id: string;
    {
      await using runtime = await open({ stores: place.stores(), definitions: [release] });
      const run = await runtime.start(release);
      id = run.id;
      const [asked] = await openInterrupts(run);
      expect(asked).toMatchObject({ id: 'interrupt', question: 'Release 1.2.3?', runId: id });
      expect(asked?.schema).toMatchObject({ type: 'object' });
      expect(await runtime.info(id)).toMatchObject({ owner: null, isStalled: false });
      expect((await runtime.diagnose()).abandoned).toEqual([]);
    }
    {
      // Whoever answers need not have the code.
      await using answering = await open({ stores: place.stores() });
      const run = await answering.get(id);
      const [asked] = await run.interrupts.list();
      await run.interrupts.resolve('interrupt', asked?.token ?? '', { approved: true });
      expect(await run.interrupts.list()).toEqual([]);
    }
    const stores = place.stores();
    await using runtime = await open({ stores, definitions: [release] });
    const result = await (await runtime.get(id)).result();
    expect(result).toEqual({ version: '1.2.3', approved: true, note: 'none' });
    await expectSound(stores, id);
  });

  it('of two answers at once one counts, and the token is used up', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores(), definitions: [release] });
    const run = await runtime.start(release);
    const [asked] = await openInterrupts(run);
    const answer = (approved: boolean) =>
      codeOf(run.interrupts.resolve('interrupt', asked?.token ?? '', { approved }));
    const codes = await Promise.all([answer(true), answer(false), answer(true)]);
    expect(codes.toSorted()).toEqual(['INTERRUPT_SETTLED', 'INTERRUPT_SETTLED', 'none']);
    expect(await run.result()).toMatchObject({ approved: codes[1] !== 'none' });
    expect(await answer(true)).toBe('INTERRUPT_SETTLED');
  });

  it('a wrong token, an unknown interrupt and an answer that is not valid change nothing', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores(), definitions: [release] });
    const run = await runtime.start(release);
    const other = await runtime.start(release);
    const [asked] = await openInterrupts(run);
    const [stranger] = await openInterrupts(other);
    const before = await run.snapshot();
    const { token = '' } = asked ?? {};
    const { interrupts } = run;
    expect(stranger?.token).not.toBe(token);
    expect(await codeOf(interrupts.resolve('interrupt', stranger?.token ?? '', {}))).toBe(
      'INTERRUPT_DENIED',
    );
    expect(await codeOf(interrupts.resolve('interrupt', 'x', {}))).toBe('INTERRUPT_DENIED');
    expect(await codeOf(interrupts.resolve('other', token, {}))).toBe('INTERRUPT_NOT_FOUND');
    for (const bad of [null, {}, { approved: 'yes' }, [], 1]) {
      expect(await codeOf(interrupts.resolve('interrupt', token, bad))).toBe('INPUT_INVALID');
    }
    expect(await run.snapshot()).toEqual(before);
    await interrupts.resolve('interrupt', token, { approved: false, note: 'later' });
    expect(await run.result()).toEqual({ version: '1.2.3', approved: false, note: 'later' });
  });

  it('several may be open at once, and are answered in any order', async () => {
    using place = create();
    const panel = defineRun<undefined, undefined, unknown>({
      name: 'panel',
      execute: ({ interrupt, step }) =>
        Promise.all(
          ['a', 'b', 'c'].map(async (name) => {
            const vote = await interrupt({ name: 'vote', question: `${name}?` });
            return step(`count ${name}`, () => `${name}: ${vote as string}`);
          }),
        ),
    });
    const stores = place.stores();
    await using runtime = await open({ stores, definitions: [panel] });
    const run = await runtime.start(panel);
    const asked = await openInterrupts(run, 3);
    expect(asked.map(({ id }) => id)).toEqual(['vote', 'vote#2', 'vote#3']);
    for (const { id, token } of asked.toReversed()) {
      await run.interrupts.resolve(id, token, `yes to ${id}`);
      if (id !== 'vote') await eventually(async () => (await run.interrupts.list()).length < 3);
    }
    expect(await run.result()).toEqual(['a: yes to vote', 'b: yes to vote#2', 'c: yes to vote#3']);
    await expectSound(stores, run.id);
  });

  it.each(['cancel', 'fail'] as const)('%s settles what is open', async (command) => {
    using place = create();
    await using runtime = await open({ stores: place.stores(), definitions: [release] });
    const run = await runtime.start(release);
    const [asked] = await openInterrupts(run);
    await (command === 'cancel' ? run.cancel() : run.fail(new Error('no')));
    expect(await run.interrupts.list()).toEqual([]);
    const answer = run.interrupts.resolve('interrupt', asked?.token ?? '', { approved: true });
    expect(await codeOf(answer)).toBe('INTERRUPT_SETTLED');
  });

  it('an interrupt that expires rejects in the code, and takes no answer any more', async () => {
    using place = create();
    const clock = virtualClock();
    const impatient = defineRun<undefined, undefined, string>({
      name: 'impatient',
      execute: async ({ interrupt }) => {
        try {
          return await interrupt<string>({ question: 'Now?', expiresInMs: 3_600_000 });
        } catch (error) {
          return (error as { code: string }).code;
        }
      },
    });
    await using runtime = await open({ stores: place.stores(), definitions: [impatient], clock });
    const run = await runtime.start(impatient);
    const [asked] = await openInterrupts(run);
    expect(asked?.expiresAtMs).toBe(clock.now() + 3_600_000);
    await clock.advance(3_600_000);
    const answer = run.interrupts.resolve('interrupt', asked?.token ?? '', 'yes');
    expect(await codeOf(answer)).toBe('INTERRUPT_SETTLED');
    expect(await run.result()).toBe('INTERRUPT_EXPIRED');
  });

  it('an answer that only the code can refuse is asked for again, with the reason', async () => {
    using place = create();
    const even = defineRun<undefined, undefined, number>({
      name: 'even',
      execute: ({ interrupt }) =>
        interrupt({
          question: 'An even number?',
          schema: z.number().refine((n) => n % 2 === 0, 'it is odd'),
        }),
    });
    await using runtime = await open({ stores: place.stores(), definitions: [even] });
    const run = await runtime.start(even);
    const [first] = await openInterrupts(run);
    await run.interrupts.resolve('interrupt', first?.token ?? '', 3);
    await eventually(async () => (await run.interrupts.list())[0]?.id === 'interrupt#2');
    const [second] = await run.interrupts.list();
    expect(second?.question).toContain('it is odd');
    await run.interrupts.resolve('interrupt#2', second?.token ?? '', 4);
    expect(await run.result()).toBe(4);
  });

  it('what is sent to a run comes to its code in order, each once, also to one that waits', async () => {
    using place = create();
    const listening = defineRun<undefined, undefined, unknown>({
      name: 'listening',
      execute: async ({ receive, step }) => {
        const heard = [];
        for (let i = 0; i < 4; i += 1) {
          const signal = await receive();
          heard.push(await step('hear', () => signal));
        }
        return heard;
      },
    });
    await using runtime = await open({ stores: place.stores(), definitions: [listening] });
    const run = await runtime.start(listening);
    await run.send('early');
    await eventually(async () => (await run.snapshot()).waiting?.parked === 'waiting');
    await run.send({ n: 2 }, { idempotencyKey: 'two' });
    await run.send({ n: 2 }, { idempotencyKey: 'two' });
    await run.send([3]);
    await run.send(null);
    expect(await run.result()).toEqual(['early', { n: 2 }, [3], null]);
  });
});
