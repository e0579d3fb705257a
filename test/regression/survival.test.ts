import { describe, expect, it } from 'vitest';
import { defineRun, lastWriteWins, type WorkContext } from '../../src/index.ts';
import { crashableStores, wrapStores, virtualClock } from '../../src/testing/index.ts';
import {
  codeOf,
  eventually,
  expectSound,
  logOf,
  memoryPlace,
  open,
  typesOf,
} from '../support/runtime/helpers.ts';

const hang = () => new Promise<never>(() => {});

describe('start with a key whose run was left behind', () => {
  async function leftBehind() {
    const place = memoryPlace();
    const stores = place.stores();
    await stores.open();
    const dying = crashableStores(stores);
    const job = defineRun({ name: 'job', version: '1', execute: hang });
    const runtime = await open({ stores: dying.stores, definitions: [job] });
    const run = await runtime.start(job, { idempotencyKey: 'tonight' });
    await eventually(async () => (await run.status()) === 'executing');
    await dying.crash();
    const attempts = async () =>
      typesOf(await logOf(stores, run.id)).filter((type) => type === 'attempt.started').length;
    return { stores, run, attempts };
  }

  it('does not take it over where runs are to be left as they are', async () => {
    const { stores, run, attempts } = await leftBehind();
    const job = defineRun({ name: 'job', version: '1', execute: () => {} });
    await using runtime = await open({ stores, definitions: [job], recovery: 'leave' });
    expect((await runtime.start(job, { idempotencyKey: 'tonight' })).id).toBe(run.id);
    await runtime.drain();
    expect(await attempts()).toBe(1);
  });

  it('does not have other code go on with it than its own', async () => {
    const { stores, run, attempts } = await leftBehind();
    const job = defineRun({ name: 'job', version: '2', execute: () => {} });
    await using runtime = await open({ stores, definitions: [job] });
    expect((await runtime.start(job, { idempotencyKey: 'tonight' })).id).toBe(run.id);
    await runtime.drain();
    expect(await attempts()).toBe(1);
  });
});

it('a step whose end the store did not take has not failed, and is done again', async () => {
  using place = memoryPlace();
  const inner = place.stores();
  let isDown = false;
  const stores = wrapStores(inner, ({ method }, proceed) =>
    isDown && method === 'events.append'
      ? Promise.reject(new Error('the disk is gone'))
      : proceed(),
  );
  const faults: unknown[] = [];
  let tries = 0;
  const job = defineRun<undefined, undefined, string>({
    name: 'job',
    execute: async ({ step, attempt }) => {
      const work = () => {
        tries += 1;
        isDown = tries === 1;
      };
      const how = await step('work', work).catch(() => 'went another way');
      return how ?? `attempt ${attempt}`;
    },
  });
  await using runtime = await open({
    stores,
    definitions: [job],
    onError: (error) => {
      faults.push(error);
      isDown = false;
    },
  });
  const run = await runtime.start(job);
  expect(await run.result()).toBe('attempt 2');
  expect(tries).toBe(2);
  expect(typesOf(await expectSound(inner, run.id))).not.toContain('step.failed');
  expect(faults.length).toBeGreaterThan(0);
});

it('a fork whose edits the code refuses fails, and is not tried for ever', async () => {
  using place = memoryPlace();
  const stores = place.stores();
  const job = defineRun({
    name: 'job',
    state: { known: lastWriteWins() },
    execute: async ({ state, checkpoint }) => {
      await state.update({ known: 1 });
      await checkpoint();
    },
  });
  let source: string;
  let fork: string;
  {
    await using runtime = await open({ stores, definitions: [job] });
    const run = await runtime.start(job);
    await run.result();
    source = run.id;
    {
      // Without the definition nobody can tell by now.
      await using other = await open({ stores });
      const edits = { unknown: 1 };
      fork = (await other.fork({ runId: source }, { edits, throughReducers: true })).id;
    }
    const forked = await runtime.get(fork);
    expect(await codeOf(forked.result())).toBe('RUN_FAILED');
    expect((await forked.snapshot()).error).toMatchObject({ code: 'CHANNEL_UNKNOWN' });
  }
});

it('a question inside a step that nobody answered in time stays so when the step is done again', async () => {
  using place = memoryPlace();
  const stores = place.stores();
  await stores.open();
  const clock = virtualClock();
  let isDying = true;
  const job = defineRun<undefined, undefined, unknown>({
    name: 'job',
    execute: ({ step, interrupt }) =>
      step('ask', async () => {
        const answer = interrupt({ question: 'Now?', expiresInMs: 1_000 });
        const how = await answer.catch(({ code }: { code: string }) => code);
        return isDying ? hang() : how;
      }),
  });
  const dying = crashableStores(stores);
  const runtime = await open({ stores: dying.stores, definitions: [job], clock });
  const run = await runtime.start(job);
  await eventually(async () => (await run.interrupts.list()).length === 1);
  await clock.advance(1_001);
  const hasExpired = async () =>
    typesOf(await logOf(stores, run.id)).includes('interrupt.resolved');
  await eventually(hasExpired);
  await dying.crash();
  isDying = false;
  await using again = await open({ stores, definitions: [job], clock });
  expect(await (await again.get(run.id)).result()).toBe('INTERRUPT_EXPIRED');
});

const MISPLACED: readonly (readonly [
  string,
  (context: WorkContext<undefined>) => Promise<unknown>,
])[] = [
  ['receive', ({ receive }) => receive()],
  ['checkpoint', ({ checkpoint }) => checkpoint()],
  ['state.update', ({ state }) => state.update({ list: 1 })],
];

describe.each(MISPLACED)('%s', (_, call) => {
  const state = { list: lastWriteWins() };

  it('is refused inside a step, as an attempt that remembers the step would miss it', async () => {
    const job = defineRun({
      name: 'job',
      state,
      execute: async (context) => {
        await context.step('inside', async () => void (await call(context)));
      },
    });
    await using runtime = await open({ definitions: [job] });
    const run = await runtime.start(job);
    expect(await codeOf(run.result())).toBe('RUN_FAILED');
    expect((await run.snapshot()).error).toMatchObject({ code: 'CALL_MISPLACED' });
  });

  it('is refused inside plan, for the same reason', async () => {
    const job = defineRun({
      name: 'job',
      state,
      plan: async (context) => void (await call(context)),
      execute: () => {},
    });
    await using runtime = await open({ definitions: [job] });
    const run = await runtime.start(job);
    expect(await codeOf(run.result())).toBe('RUN_FAILED');
    expect((await run.snapshot()).error).toMatchObject({ code: 'CALL_MISPLACED' });
  });
});

it('a child in a session in which one of its parents has its turn is refused, and does not wait for ever', async () => {
  const leaf = defineRun({ name: 'leaf', execute: () => {} });
  const middle = defineRun<string>({
    name: 'middle',
    execute: ({ child, input }) => child(leaf, undefined, { sessionId: input }),
  });
  const root = defineRun<string>({
    name: 'root',
    execute: ({ child, input }) => child(middle, input, { sessionId: 'another' }),
  });
  await using runtime = await open({ definitions: [leaf, middle, root] });
  for (const taken of ['of the root', 'another']) {
    const run = await runtime.start(root, { input: taken, sessionId: 'of the root' });
    expect(await codeOf(run.result())).toBe('RUN_FAILED');
    expect((await run.snapshot()).error?.message).toContain(`in session "${taken}"`);
  }
  const run = await runtime.start(root, { input: 'free', sessionId: 'of the root' });
  await run.result();
});

it('a run that is opened for its caller to drive is not given a name whose code would drive it', async () => {
  const job = defineRun({ name: 'job', execute: () => {} });
  await using runtime = await open({ definitions: [job] });
  expect(await codeOf(runtime.open({ definition: 'job' }))).toBe('INPUT_INVALID');
  expect((await (await runtime.open({ definition: 'other' })).snapshot()).definition).toBe('other');
});

it('the cause of RUN_FAILED is an error, with the code and the cause of the one that was thrown', async () => {
  const job = defineRun({
    name: 'job',
    execute: () => {
      throw Object.assign(new Error('no paper', { cause: new TypeError('tray 2') }), {
        code: 'TRAY',
      });
    },
  });
  await using runtime = await open({ definitions: [job] });
  const error = await (await runtime.start(job)).result().catch((reason: unknown) => reason);
  const { cause } = error as { cause: Error };
  expect(cause).toBeInstanceOf(Error);
  expect(cause).toMatchObject({ message: 'no paper', code: 'TRAY' });
  expect(String(cause.cause)).toBe('TypeError: tray 2');
});

it('a parent whose store fails when it asks for the result of its child has not failed', async () => {
  using place = memoryPlace();
  const inner = place.stores();
  let failures: number | undefined;
  const stores = wrapStores(inner, async ({ method, args }, proceed) => {
    if (method === 'events.get' && failures === 1) {
      failures = 0;
      throw new Error('the disk is gone');
    }
    const answer = await proceed();
    if (method === 'events.append' && JSON.stringify(args).includes('the word')) failures ??= 1;
    return answer;
  });
  const kid = defineRun({ name: 'kid', execute: () => 'the word' });
  const parent = defineRun<undefined, undefined, string>({
    name: 'parent',
    execute: ({ child }) => child(kid).catch(() => 'went another way'),
  });
  await using runtime = await open({ stores, definitions: [kid, parent] });
  const run = await runtime.start(parent);
  const over = async (): Promise<boolean> =>
    (await inner.events.get(run.id))?.status === 'completed';
  await eventually(over);
  expect(failures).toBe(0);
  expect(await run.result()).toBe('the word');
  expect(typesOf(await expectSound(inner, run.id))).not.toContain('step.failed');
});
