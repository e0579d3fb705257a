import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { defineRun, type ExecuteContext } from '../../src/index.ts';
import {
  codeOf,
  eventually,
  expectSound,
  type Place,
  open,
  PLACES,
  typesOf,
} from '../support/runtime/helpers.ts';

type Context = ExecuteContext<undefined, undefined>;

async function drive(place: Place, execute: (context: Context) => unknown) {
  const stores = place.stores();
  const definition = defineRun<undefined, undefined, unknown>({ name: 'steps', execute });
  await using runtime = await open({ stores, definitions: [definition] });
  const run = await runtime.start(definition);
  const code = await codeOf(run.result());
  const log = await expectSound(stores, run.id);
  const steps = log.filter(({ event }) => event.type.startsWith('step.'));
  const snapshot = await run.snapshot();
  return { code, log, steps: steps.map(({ event }) => event), snapshot };
}

describe.each(PLACES)('on %s', (_, create) => {
  it('each step has a start and an end in the log, and an id by its occurrence', async () => {
    using place = create();
    const keys: string[] = [];
    const { steps, snapshot } = await drive(place, async ({ step }) => {
      const key = ({ idempotencyKey }: { idempotencyKey: string }) => keys.push(idempotencyKey);
      const answers = [];
      answers.push(await step('fetch', (c) => key(c)));
      answers.push(await step('fetch', (c) => key(c), { idempotencyKey: 'mine' }));
      answers.push(await step('store', (c) => key(c)));
      answers.push(await step('fetch', (c) => void key(c)));
      return answers.length;
    });
    expect(steps.map(({ type, stepId }) => `${type} ${String(stepId)}`)).toEqual([
      'step.started fetch',
      'step.completed fetch',
      'step.started fetch#2',
      'step.completed fetch#2',
      'step.started store',
      'step.completed store',
      'step.started fetch#3',
      'step.completed fetch#3',
    ]);
    expect(steps.map(({ result }) => result).filter((result) => result !== undefined)).toEqual([
      1,
      2,
      3,
      null,
    ]);
    const { runId } = snapshot;
    expect(keys).toEqual([`${runId}/fetch`, 'mine', `${runId}/store`, `${runId}/fetch#3`]);
  });

  it('a step that throws is tried again as often as it may be', async () => {
    using place = create();
    const tries: number[] = [];
    const flaky = (until: number) => (context: { tries: number }) => {
      tries.push(context.tries);
      if (context.tries < until) throw new Error(`try ${context.tries}`);
      return 'ok';
    };
    const { code, steps, snapshot } = await drive(place, async ({ step }) => {
      await step('a', flaky(3), { retries: 2, backoffMs: 1 });
      await step('b', flaky(4), { retries: 2, backoffMs: 1 });
    });
    expect(tries).toEqual([1, 2, 3, 1, 2, 3]);
    expect(code).toBe('RUN_FAILED');
    expect(snapshot.error).toMatchObject({ message: 'try 3' });
    // A try that is followed by another says when that begins.
    expect(steps.map(({ type, retryAtMs }) => [type, typeof retryAtMs])).toEqual([
      ['step.started', 'undefined'],
      ['step.failed', 'number'],
      ['step.failed', 'number'],
      ['step.completed', 'undefined'],
      ['step.started', 'undefined'],
      ['step.failed', 'number'],
      ['step.failed', 'number'],
      ['step.failed', 'undefined'],
    ]);
  });

  it('a definition may catch what a step throws, and go on', async () => {
    using place = create();
    const { code, snapshot } = await drive(place, async ({ step }) => {
      await step('bad', () => Promise.reject(new Error('no'))).catch(() => {});
      return step('good', () => 'fine');
    });
    expect([code, snapshot.result]).toEqual(['none', 'fine']);
  });

  it('a try that takes too long has its signal aborted and fails with STEP_TIMEOUT', async () => {
    using place = create();
    const signals: AbortSignal[] = [];
    const { code, snapshot } = await drive(place, ({ step }) =>
      step(
        'slow',
        async ({ signal }) => {
          signals.push(signal);
          await sleep(5_000, undefined, { signal }).catch(() => {});
        },
        { timeoutMs: 5, retries: 1 },
      ),
    );
    expect(code).toBe('RUN_FAILED');
    expect(snapshot.error).toMatchObject({ code: 'STEP_TIMEOUT' });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it('a step within its time is not disturbed by it, and a timed-out try that fails later harms nobody', async () => {
    using place = create();
    const { code } = await drive(place, async ({ step }) => {
      await step('quick', () => 1, { timeoutMs: 1_000 });
      await step(
        'slow once',
        async ({ tries }) => {
          if (tries === 1) {
            await sleep(10);
            throw new Error('nobody waits for this');
          }
        },
        { timeoutMs: 2, retries: 1 },
      );
      await sleep(15);
    });
    expect(code).toBe('none');
  });

  it.each([
    ['a date', () => new Date()],
    ['NaN', () => NaN],
    ['a map inside', () => ({ a: [new Map()] })],
    ['a function', () => () => {}],
  ])(
    'a step that answers %s fails at once, however often it may be retried',
    async (_name, work) => {
      using place = create();
      let calls = 0;
      const { code, snapshot } = await drive(place, ({ step }) =>
        step('odd', () => ((calls += 1), work() as unknown), { retries: 5 }),
      );
      expect([code, calls]).toEqual(['RUN_FAILED', 1]);
      expect(snapshot.error).toMatchObject({ code: 'STEP_RESULT_INVALID' });
    },
  );

  it('a result of a run that is not JSON fails it', async () => {
    using place = create();
    const { snapshot } = await drive(place, () => new Set());
    expect(snapshot).toMatchObject({ status: 'failed', error: { code: 'EVENT_INVALID' } });
  });

  it('whatever is thrown ends up readable in the log', async () => {
    using place = create();
    const thrown: readonly unknown[] = ['text', 7, null, undefined, { code: 'X' }, 1n, circular()];
    for (const error of thrown) {
      const { snapshot } = await drive(place, () => {
        throw error;
      });
      expect(snapshot.status).toBe('failed');
      expect(typeof snapshot.error?.message).toBe('string');
    }
  });

  it('after a cancel no further step begins', async () => {
    using place = create();
    const stores = place.stores();
    const gate = Promise.withResolvers<void>();
    const begun: string[] = [];
    const definition = defineRun({
      name: 'steps',
      execute: async ({ step }) => {
        await step('first', async () => {
          begun.push('first');
          await gate.promise;
        });
        await step('second', () => void begun.push('second'));
      },
    });
    await using runtime = await open({ stores, definitions: [definition] });
    const run = await runtime.start(definition);
    await eventually(() => begun.length === 1);
    await run.cancel();
    gate.resolve();
    await runtime.drain();
    expect(begun).toEqual(['first']);
    const log = await expectSound(stores, run.id);
    expect(typesOf(log).slice(-2)).toEqual(['run.cancelled', 'step.completed']);
  });

  it('the phases of a definition are statuses of its run, and each gets what the one before made', async () => {
    using place = create();
    const stores = place.stores();
    const statuses: string[] = [];
    const definition = defineRun<{ n: number }, number[], number>({
      name: 'phases',
      plan: async ({ runId, input }) => {
        statuses.push(await (await runtime.get(runId)).status());
        return [input.n, 2];
      },
      execute: async ({ runId, plan, step }) => {
        statuses.push(await (await runtime.get(runId)).status());
        return step('sum', () => plan.reduce((sum, n) => sum + n, 0));
      },
      verify: async ({ runId, result, check }) => {
        statuses.push(await (await runtime.get(runId)).status());
        check('sum', result === 3);
      },
    });
    await using runtime = await open({ stores, definitions: [definition] });
    const run = await runtime.start(definition, { input: { n: 1 } });
    expect(await run.result()).toBe(3);
    expect(statuses).toEqual(['planning', 'executing', 'verifying']);
    expect(typesOf(await expectSound(stores, run.id))).toEqual([
      'run.created',
      'attempt.started',
      'planning.started',
      'planning.completed',
      'step.started',
      'step.completed',
      'verification.started',
      'verification.reported',
      'run.completed',
    ]);
  });
});

function circular(): unknown {
  const value: Record<string, unknown> = {};
  value['self'] = value;
  return value;
}
