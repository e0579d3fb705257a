import { describe, expect, it } from 'vitest';
import { defineRun } from '../../src/index.ts';
import { codeOf, eventually, logOf, open, PLACES, typesOf } from '../support/runtime/helpers.ts';

const ask = defineRun({
  name: 'ask',
  execute: async ({ interrupt }) => [
    await interrupt({ name: 'first', question: 'Go on?' }),
    await interrupt({ name: 'second', question: 'Really?' }),
  ],
});

describe.each(PLACES)('an idempotency key that was used for something else, on %s', (_, create) => {
  it('makes no second driver of who claims by it', async () => {
    using place = create();
    const stores = place.stores();
    await using runtime = await open({ stores });
    const run = await runtime.open();
    await run.record({ type: 'custom.said' }, { idempotencyKey: 'k' });
    expect(await codeOf(runtime.claim(run.id, { idempotencyKey: 'k' }))).toBe('INPUT_INVALID');
    expect(typesOf(await logOf(stores, run.id))).toEqual(['run.created', 'custom.said']);
    // Its driver drives on, and a key of its own claims, the same again as well.
    await run.record({ type: 'custom.more' });
    const taken = await runtime.claim(run.id, { idempotencyKey: 'mine' });
    const again = await runtime.claim(run.id, { idempotencyKey: 'mine' });
    expect([taken?.epoch, again?.epoch]).toEqual([2, 2]);
    expect(await codeOf(run.record({ type: 'custom.late' }))).toBe('OWNER_FENCED');
  });

  it('answers no question, and says so', async () => {
    using place = create();
    await using runtime = await open({ stores: place.stores(), definitions: [ask] });
    const run = await runtime.start(ask);
    const question = async (name: string) => {
      let token: string | undefined;
      await eventually(async () => {
        token = (await run.interrupts.list()).find((one) => one.name === name)?.token;
        return token !== undefined;
      });
      return String(token);
    };
    const resolve = async (name: string, key: string) =>
      run.interrupts.resolve(name, await question(name), true, { idempotencyKey: key });
    await run.send('hello', { idempotencyKey: 'k' });
    expect(await codeOf(resolve('first', 'k'))).toBe('INPUT_INVALID');
    expect(await run.interrupts.list()).toHaveLength(1);
    const token = await question('first');
    await resolve('first', 'answer');
    await run.interrupts.resolve('first', token, true, { idempotencyKey: 'answer' });
    // The same key for another question is something else, too.
    expect(await codeOf(resolve('second', 'answer'))).toBe('INPUT_INVALID');
    await resolve('second', 'other');
    expect(await run.result()).toEqual([true, true]);
  });
});
