import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, createMachine, emit, fromPromise, log, raise, sendTo, setup } from 'xstate';
import { defineRun, type Stores } from '../../src/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { type CrashableStores, crashableStores, wrapStores } from '../../src/testing/index.ts';
import {
  eventually,
  expectSound,
  logOf,
  memoryPlace,
  open,
  PLACES,
  temporaryFolder,
} from '../support/runtime/helpers.ts';
import { typed } from '../support/typed.ts';

/** An order: work, signals, a timer, actions with side effects, and events to itself. */
function order(effects: string[]) {
  const act = (what: string) => () => void effects.push(what);
  const machine = setup({
    types: typed<{ context: { log: string[] } }>(),
    actors: {
      work: fromPromise<string, string>(async ({ input }) => {
        effects.push(`work ${input}`);
        return `${input} done`;
      }),
    },
    actions: {
      note: assign({ log: ({ context, event }) => [...context.log, event.type] }),
      reserved: act('reserved'),
      paid: act('paid'),
      shipped: act('shipped'),
    },
  }).createMachine({
    id: 'order',
    context: { log: [] },
    initial: 'reserving',
    output: ({ context }) => context.log,
    states: {
      reserving: {
        invoke: { id: 'reserve', src: 'work', input: 'reserve', onDone: 'unpaid', onError: 'lost' },
        exit: ['note', 'reserved'],
      },
      unpaid: {
        on: { PAY: { target: 'charging', actions: ['note', 'paid', raise({ type: 'SEEN' })] } },
      },
      charging: {
        invoke: {
          id: 'charge',
          src: 'work',
          input: 'charge',
          onDone: {
            target: 'resting',
            actions: assign({ log: ({ context, event }) => [...context.log, event.output] }),
          },
        },
        on: { SEEN: { actions: 'note' } },
      },
      resting: { entry: emit({ type: 'rests' }), after: { 5: 'packed' } },
      packed: {
        entry: [log('packed'), sendTo(({ self }) => self, { type: 'LETTER' })],
        on: { LETTER: { actions: 'note' }, SHIP: { target: 'over', actions: ['note', 'shipped'] } },
      },
      over: { type: 'final' },
      lost: { type: 'final' },
    },
  });
  return defineRun({ name: 'order', machine });
}

/** What a crash must not change. */
async function remains(stores: Stores, runId: string) {
  const events = (await expectSound(stores, runId)).map(({ event }) => event);
  const checkpoints = await stores.checkpoints.list({ definition: 'order', runId });
  const latest = await stores.checkpoints.latest({ definition: 'order', runId });
  const machine = latest?.values['machine'] as Record<string, unknown>;
  return {
    moves: events
      .filter(({ type }) => type === 'machine.transitioned')
      .map(({ n, to, event, from }) => [n, from, to, (event as { type: string }).type]),
    told: events.filter(({ type }) => type === 'machine.emitted' || type === 'log'),
    ends: events.filter(({ type }) => type === 'step.completed').map(({ stepId }) => stepId),
    result: events.find(({ type }) => type === 'run.completed')?.['result'],
    checkpoints: checkpoints.map(
      ({ superStep, version, label }) => `${superStep}.${version} ${label}`,
    ),
    machine,
  };
}

/**
 * Dies after the n-th write, the next attempt after the m-th, and so on; the last one gets through.
 * Signals are sent when the machine can use them, so that what comes first is the same each time.
 */
async function driven(
  stores: Stores,
  crashes: readonly number[],
  effects: string[],
  when: 'before' | 'after',
) {
  const definition = order(effects);
  const runId = 'run_order';
  const isAt = (state: string) => async (): Promise<boolean> => {
    const checkpoints = await stores.checkpoints.list({ definition: 'order', runId });
    return checkpoints.some(({ label }) => label === state);
  };
  let writes = 0;
  for (const n of [...crashes, Infinity]) {
    const place = crashableStores(stores);
    const { stores: dying, died } =
      when === 'after'
        ? { stores: place.stores, died: place.crashAfter(n) }
        : dyingBefore(place, n);
    const runtime = await open({
      stores: dying,
      definitions: [definition],
      maxAttempts: 100,
    });
    const known = await stores.events.get(runId);
    const play = async (): Promise<void> => {
      const run = known ? await runtime.get(runId) : await runtime.start(definition, { runId });
      const send = (type: string) => run.send({ type }, { idempotencyKey: type });
      await eventually(isAt('unpaid'));
      await send('NOISE');
      await send('PAY');
      await eventually(isAt('packed'));
      await send('SHIP');
      await run.result();
    };
    const played = play();
    played.catch(() => {});
    await Promise.race([died, played]);
    writes = place.writes;
    await (n === Infinity ? runtime.close() : place.crash());
  }
  return { ...(await remains(stores, runId)), writes };
}

/** The same stores, dying when the n-th write is about to be done. */
function dyingBefore(place: CrashableStores, n: number): { stores: Stores; died: Promise<void> } {
  const { promise: died, resolve } = Promise.withResolvers<void>();
  let writes = 0;
  const stores = wrapStores(place.stores, async ({ method }, proceed) => {
    writes += method === 'events.append' || method === 'checkpoints.save' ? 1 : 0;
    if (writes < n) return proceed();
    await place.crash();
    resolve();
    return new Promise(() => {});
  });
  return { stores, died };
}

/** The effects, each the first time only. */
const firstOnly = (effects: readonly string[]): string[] => [...new Set(effects)];

describe.each(PLACES)('a machine on %s that crashes', (_, create) => {
  const crashed = async (crashes: readonly number[], when: 'before' | 'after' = 'after') => {
    using place = create();
    const stores = place.stores();
    await stores.open();
    const effects: string[] = [];
    try {
      return { ...(await driven(stores, crashes, effects, when)), effects };
    } finally {
      await stores.close();
    }
  };

  it.each(['before', 'after'] as const)(
    '%s any of its writes leaves what it would have left, and repeats only what was under way',
    async (when) => {
      const { writes, effects, ...calm } = await crashed([]);
      expect(calm.result).toEqual([
        'xstate.done.actor.reserve',
        'PAY',
        'SEEN',
        'charge done',
        'LETTER',
        'SHIP',
      ]);
      expect(effects).toEqual(['work reserve', 'reserved', 'paid', 'work charge', 'shipped']);
      expect(calm.ends).toEqual(['reserve', 'charge']);
      const repeated = new Set<string>();
      for (let n = 1; n <= writes; n += 1) {
        // The run has to be there.
        if (when === 'before' && n === 1) continue;
        const { writes: _writes, effects: done, ...rest } = await crashed([n], when);
        expect(rest, `${when} write ${n}`).toEqual(calm);
        expect(firstOnly(done), `${when} write ${n}`).toEqual(effects);
        const twice = done.filter((what, i) => done.indexOf(what) !== i);
        // What one transition, or one piece of work, was about to do.
        expect(twice.length, `${when} write ${n}: ${done.join()}`).toBeLessThanOrEqual(1);
        for (const what of twice) repeated.add(what);
      }
      // Only what was done and not recorded; the sweep does get in between.
      expect([...repeated]).toEqual(when === 'after' ? [] : effects);
    },
    120_000,
  );

  it('several times leaves the same', async () => {
    const { writes, effects, ...calm } = await crashed([]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 2, max: 8 }), { minLength: 2, maxLength: 4 }),
        fc.constantFrom('before' as const, 'after' as const),
        async (crashes, when) => {
          const { writes: _writes, effects: done, ...rest } = await crashed(crashes, when);
          expect(rest).toEqual(calm);
          expect(firstOnly(done)).toEqual(effects);
        },
      ),
      { numRuns: 15 },
    );
  }, 120_000);
});

it('a crash before an action was executed does not lose it, and one between two actions repeats the first', async () => {
  using place = memoryPlace();
  const stores = place.stores();
  await stores.open();
  const acted: string[] = [];
  let dying: ReturnType<typeof crashableStores> | undefined;
  const machine = createMachine({
    id: 'm',
    initial: 'a',
    states: {
      a: {
        on: {
          GO: {
            target: 'b',
            actions: [
              () => void acted.push('first'),
              async () => {
                await dying?.crash();
                // The process is dead: nothing of it goes on.
                if (dying !== undefined) await new Promise(() => {});
                acted.push('second');
              },
            ],
          },
        },
      },
      b: { type: 'final' },
    },
  });
  const definitions = [defineRun({ name: 'm', machine })];
  dying = crashableStores(stores);
  const runtime = await open({ stores: dying.stores, definitions });
  const run = await runtime.start('m', { runId: 'run_m' });
  await run.send({ type: 'GO' });
  await eventually(() => acted.length === 1);
  await eventually(
    async () => (await logOf(stores, 'run_m')).at(-1)?.event.type === 'machine.transitioned',
  );
  dying = undefined;
  await using again = await open({ stores, definitions });
  await (await again.get('run_m')).result();
  expect(acted).toEqual(['first', 'first', 'second']);
  const moves = (await logOf(stores, 'run_m')).filter(
    ({ event }) => event.type === 'machine.transitioned',
  );
  expect(moves).toHaveLength(2);
});

it('what was decided stays decided, also where another event is there first after the crash', async () => {
  const stores = memory();
  await stores.open();
  const gate = Promise.withResolvers<string>();
  let dying: ReturnType<typeof crashableStores> | undefined = crashableStores(stores);
  const machine = setup({
    types: typed<{ context: { log: string[] } }>(),
    actors: { gated: fromPromise(() => gate.promise) },
    actions: {
      hang: async () => {
        gate.resolve('open');
        if (dying !== undefined) await new Promise(() => {});
      },
    },
  }).createMachine({
    context: { log: [] },
    invoke: {
      id: 'gated',
      src: 'gated',
      onDone: { actions: assign({ log: ({ context }) => [...context.log, 'gated'] }) },
    },
    on: { X: { actions: [assign({ log: ({ context }) => [...context.log, 'X'] }), 'hang'] } },
    output: ({ context }) => context.log,
    initial: 'a',
    states: { a: { on: { END: 'b' } }, b: { type: 'final' } },
  });
  const definitions = [defineRun({ name: 'm', machine })];
  const runtime = await open({ stores: dying.stores, definitions });
  const run = await runtime.start('m', { runId: 'run_m' });
  await run.send({ type: 'X' });
  const has =
    (type: string, n = 1) =>
    async () => {
      const log = await logOf(stores, 'run_m');
      return log.filter(({ event }) => event.type === type).length === n;
    };
  await eventually(has('step.completed'));
  await dying.crash();
  dying = undefined;
  await using again = await open({ stores, definitions });
  await eventually(has('machine.transitioned', 3));
  const second = await again.get('run_m');
  await second.send({ type: 'END' });
  expect(await second.result()).toEqual(['X', 'gated']);
});

it('a process that is killed is gone on from: finished work is not done again, and its timer goes on', async () => {
  using folder = temporaryFolder();
  const paper = join(folder.path, 'paper');
  const start = () =>
    spawn(
      process.execPath,
      [new URL('machine-child.ts', import.meta.url).pathname, join(folder.path, 'runs.db'), paper],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
  const words = () => readFileSync(paper, 'utf8').split('\n').filter(Boolean);
  const first = start();
  try {
    await once(first.stdout, 'data');
    await eventually(() => words().includes('acting'));
  } finally {
    first.kill('SIGKILL');
    await once(first, 'exit');
  }
  const second = start();
  await once(second, 'exit');
  // "acting" is the action that was under way; "work" had ended.
  expect(words()).toEqual(['work', 'acting', 'acting', 'acted', 'over']);
  await using runtime = await open({ stores: sqlite(join(folder.path, 'runs.db')) });
  const run = await runtime.get('run_child');
  expect(await run.result()).toEqual({ got: 'result of work' });
}, 30_000);
