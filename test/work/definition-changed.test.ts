import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { defineRun, type ExecuteContext, isRunchartError, type Stores } from '../../src/index.ts';
import { crashableStores } from '../../src/testing/index.ts';
import { codeOf, eventually, logOf, open, PLACES, typesOf } from '../support/runtime/helpers.ts';

type Context = ExecuteContext<undefined, undefined>;
type Code = (context: Context, done: (what: string) => string) => unknown;

/** Runs the first code until it hangs, dies, and lets the second code go on with the run. */
async function change(stores: Stores, before: Code, after: Code) {
  const done: string[] = [];
  const did = (what: string): string => {
    done.push(what);
    return what;
  };
  const place = crashableStores(stores);
  const first = defineRun<undefined, undefined, unknown>({
    name: 'work',
    execute: (context) => before(context, did),
  });
  const dying = await open({ stores: place.stores, definitions: [first] });
  const { id } = await dying.start(first);
  await eventually(() => done.includes('hangs'));
  await place.crash();
  done.length = 0;
  const second = defineRun<undefined, undefined, unknown>({
    name: 'work',
    execute: (context) => after(context, did),
  });
  const runtime = await open({ stores, definitions: [second] });
  const run = await runtime.get(id);
  const code = await codeOf(run.result());
  return { run, code, done, snapshot: await run.snapshot(), runtime };
}

const hang = (): Promise<never> => new Promise(() => {});

const original: Code = async ({ step }, did) => {
  await step('fetch', () => did('fetch'));
  await step('charge', () => did('charge'));
  await step('send', async () => {
    did('hangs');
    await hang();
  });
};

const CHANGES: readonly (readonly [string, Code, readonly string[]])[] = [
  [
    'renames a step',
    async ({ step }, did) => {
      await step('fetch', () => did('fetch'));
      await step('charge-card', () => did('charge-card'));
      await step('send', () => did('send'));
    },
    ['charge-card', 'charge'],
  ],
  [
    'removes a step',
    async ({ step }, did) => {
      await step('fetch', () => did('fetch'));
      await step('send', () => did('send'));
    },
    ['send', 'charge'],
  ],
  [
    'puts steps in another order',
    async ({ step }, did) => {
      await step('charge', () => did('charge'));
      await step('fetch', () => did('fetch'));
      await step('send', () => did('send'));
    },
    ['charge', 'fetch'],
  ],
  [
    'puts a step in between',
    async ({ step }, did) => {
      await step('fetch', () => did('fetch'));
      await step('check', () => did('check'));
      await step('charge', () => did('charge'));
      await step('send', () => did('send'));
    },
    ['check', 'charge'],
  ],
  [
    'ends without what was done',
    async ({ step }, did) => {
      await step('fetch', () => did('fetch'));
    },
    ['charge'],
  ],
  [
    'makes something else of a step',
    async ({ step, interrupt }, did) => {
      await step('fetch', () => did('fetch'));
      await interrupt({ name: 'charge', question: 'Charge?' });
    },
    ['charge', 'interrupt', 'step'],
  ],
];

describe.concurrent.each(PLACES)('on %s', (_, create) => {
  it.each(CHANGES)('code that %s is found out before it does anything', async (__, code, names) => {
    using place = create();
    const stores = place.stores();
    await stores.open();
    const { done, snapshot, run, runtime } = await change(stores, original, code);
    expect(done).toEqual([]);
    expect(snapshot.error).toMatchObject({ code: 'DEFINITION_CHANGED' });
    for (const name of names)
      expect(snapshot.error?.message).toContain(`"${name}"`.replace(/"(step|interrupt)"/u, '$1'));
    const error = await run.result().catch((reason: unknown) => reason);
    expect(isRunchartError(error, 'RUN_FAILED')).toBe(true);
    await runtime.close();
    await stores.close();
  });

  it('code that only does more at the end goes on with the run', async () => {
    using place = create();
    const stores = place.stores();
    await stores.open();
    const { code, done, runtime } = await change(stores, original, async ({ step }, did) => {
      await step('fetch', () => did('fetch'));
      await step('charge', () => did('charge'));
      await step('send', () => did('send'));
      await step('thank', () => did('thank'));
    });
    expect([code, done]).toEqual(['none', ['send', 'thank']]);
    await runtime.close();
    await stores.close();
  });

  it('steps side by side get their own results, whoever is faster the second time', async () => {
    using place = create();
    const stores = place.stores();
    await stores.open();
    const results: unknown[] = [];
    const fan =
      (delay: (n: number) => number, last: (did: (what: string) => string) => unknown): Code =>
      async ({ step }, did) => {
        const found = await Promise.all(
          [1, 2, 3, 4].map(async (n) => {
            const text = await step(`read ${n}`, async () => {
              await pause(delay(n));
              return `text ${n}`;
            });
            // One name for all: told apart by the order in which the texts were read.
            return step('index', async () => {
              await pause(delay(5 - n));
              return `index of ${text}`;
            });
          }),
        );
        results.push(found);
        await step('last', () => last(did));
        return found;
      };
    const hangs = (did: (what: string) => string): unknown => {
      did('hangs');
      return hang();
    };
    const { code, run, runtime } = await change(
      stores,
      fan((n) => 10 * (5 - n), hangs),
      fan(
        (n) => n,
        () => 'done',
      ),
    );
    expect(code).toBe('none');
    const expected = [1, 2, 3, 4].map((n) => `index of text ${n}`);
    expect(results).toEqual([expected, expected]);
    const started = (await logOf(stores, run.id)).filter(
      ({ event }) => event.type === 'step.started',
    );
    expect(started.map(({ event }) => event['stepId']).filter((id) => id !== 'last')).toHaveLength(
      8,
    );
    await runtime.close();
    await stores.close();
  });

  it('a run of a version that the code does not resume is left alone, and doctor says so', async () => {
    using place = create();
    const stores = place.stores();
    await stores.open();
    const of = (version: string, resumes: readonly string[] = []) =>
      defineRun<undefined, undefined, string>({
        name: 'work',
        version,
        resumes,
        execute: async ({ step, signal }) => {
          if (version === '1') await step('wait', () => pause(60_000, undefined, { signal }));
          return version;
        },
      });
    let id: string;
    {
      const runtime = await open({ stores, definitions: [of('1')] });
      const run = await runtime.start('work');
      id = run.id;
      await eventually(async () => (await run.snapshot()).eventCount > 3);
      await runtime.close({ graceMs: 1_000 });
    }
    {
      const runtime = await open({ stores, definitions: [of('2')] });
      const { abandoned } = await runtime.diagnose();
      expect(abandoned.map(({ why }) => why)).toEqual([
        'its owner let it go; it began with version 1 of "work", and version 2 does not resume that',
      ]);
      expect((await (await runtime.get(id)).snapshot()).attempt).toBe(1);
      await runtime.close();
    }
    const runtime = await open({ stores, definitions: [of('3', ['1', '2'])] });
    const run = await runtime.get(id);
    // The step that it knows of is missing from this code.
    expect(await codeOf(run.result())).toBe('RUN_FAILED');
    expect((await run.snapshot()).error?.code).toBe('DEFINITION_CHANGED');
    expect(typesOf(await logOf(stores, id))).toContain('attempt.ended');
    await runtime.close();
    await stores.close();
  });
});
