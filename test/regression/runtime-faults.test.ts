import { describe, expect, it } from 'vitest';
import { createRuntime, defineRun, RunchartError } from '../../src/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import type { Commit } from '../../src/stores/index.ts';
import { wrapStores } from '../../src/testing/index.ts';

/** Fails the first append that carries an event of this type, before it is stored. */
function failOnce(type: string): ReturnType<typeof wrapStores> {
  let failed = false;
  return wrapStores(memory(), async ({ method, args }, proceed) => {
    const commits = method === 'events.append' ? (args[0] as readonly Commit[]) : [];
    const hit = commits.some(({ events }) => events.some((event) => event.type === type));
    if (!hit || failed) return proceed();
    failed = true;
    throw new RunchartError('STORE_FULL', 'the disk is full for a moment');
  });
}

const work = defineRun({ name: 'work', execute: async ({ step }) => step('one', () => 'done') });

describe('a store that fails for a moment', () => {
  it.each(['attempt.started', 'run.started', 'run.completed'])(
    'does not cost a run its %s',
    async (type) => {
      await using runtime = await createRuntime({ stores: failOnce(type), definitions: [work] });
      const run = await runtime.start(work);
      expect(await run.result()).toBe('done');
      expect(await runtime.verify(run.id)).toMatchObject({ ok: true, events: 6 });
    },
  );
});

it('a clock that throws refuses the one event that it was asked for', async () => {
  let broken = false;
  const clock = (): number => {
    if (broken) throw new Error('no time');
    return Date.now();
  };
  await using runtime = await createRuntime({ stores: memory(), clock });
  const run = await runtime.open();
  broken = true;
  await expect(run.record({ type: 'custom.a' })).rejects.toThrow('no time');
  broken = false;
  expect((await run.record({ type: 'custom.b' })).seq).toBe(2);
});

it('a listener of faults that throws disturbs no run', async () => {
  await using runtime = await createRuntime({
    stores: memory(),
    hooks: {
      onTerminal: () => {
        throw new Error('hook');
      },
    },
    onError: () => {
      throw new Error('listener');
    },
  });
  const run = await runtime.open();
  expect(await run.complete()).toMatchObject({ outcome: 'completed' });
  expect((await runtime.open()).id).not.toBe(run.id);
});

it('one run with a lot to say fills several batches, none much larger than a mebibyte', async () => {
  const sizes: number[] = [];
  const stores = wrapStores(memory(), async ({ method, args }, proceed) => {
    if (method === 'events.append') {
      const commits = args[0] as readonly Commit[];
      sizes.push(commits.flatMap(({ events }) => events).reduce((n, e) => n + e.payload.length, 0));
    }
    return proceed();
  });
  await using runtime = await createRuntime({ stores });
  const run = await runtime.open();
  const text = 'x'.repeat(400_000);
  await Promise.all(Array.from({ length: 20 }, () => run.record({ type: 'custom.big', text })));
  expect(Math.max(...sizes)).toBeLessThan(1024 * 1024 + 400_100);
  expect((await run.snapshot()).eventCount).toBe(21);
});
