import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Stores } from '../../src/index.ts';
import { crashableStores, faultyStores } from '../../src/testing/index.ts';
import { anyProgram, defineProgram, type Program } from '../../src/testing/model/index.ts';
import { eventually, expectSound, open, PLACES } from '../support/runtime/helpers.ts';
import { runs } from '../support/runs.ts';

/** Everything that a run leaves behind and that a crash must not change. */
async function remains(stores: Stores, runId: string) {
  const record = await stores.events.get(runId);
  const { result, status } = JSON.parse(record?.snapshot ?? '') as {
    result: unknown;
    status: string;
  };
  const line = { definition: 'program', runId };
  const outputs = await stores.outputs.list({ runId, limit: 1000 });
  const checkpoints = await stores.checkpoints.list(line);
  return {
    status,
    result,
    outputs: outputs.map(({ event }) => JSON.stringify(event)).toSorted(),
    checkpoints: checkpoints.map(({ superStep, version }) => `${superStep}.${version}`),
    latest: (await stores.checkpoints.latest(line))?.values,
  };
}

async function withoutCrash(stores: Stores, program: Program) {
  const definition = defineProgram(program);
  await using runtime = await open({ stores, definitions: [definition] });
  const run = await runtime.start(definition);
  await run.result();
  return remains(stores, run.id);
}

/** Dies after the n-th write, and after the m-th of the next attempt, and so on; the last one gets through. */
async function withCrashes(stores: Stores, program: Program, after: readonly number[]) {
  const definition = defineProgram(program);
  let runId: string | undefined;
  for (const n of after) {
    const place = crashableStores(stores);
    const died = place.crashAfter(n);
    const runtime = await open({ stores: place.stores, definitions: [definition] });
    if (runId === undefined) {
      const started = runtime.start(definition);
      const run = await Promise.race([started, died.then(() => undefined)]);
      const { runs } = await stores.events.list({ limit: 1 });
      runId = run?.id ?? runs[0]?.runId;
    }
    if (runId === undefined) throw new TypeError('Expected a run, got none');
    const id = runId;
    const isOver = eventually(async () => (await stores.events.get(id))?.status === 'completed');
    await Promise.race([died, isOver]);
    await place.crash();
  }
  await using runtime = await open({ stores, definitions: [definition], maxAttempts: 100 });
  const run = await runtime.get(runId ?? '');
  await run.result();
  await expectSound(stores, run.id);
  return { remains: await remains(stores, run.id), log: await stepsOf(stores, run.id) };
}

/** How often the end of each step stands in the log. */
async function stepsOf({ events }: Stores, runId: string): Promise<ReadonlyMap<string, number>> {
  const { events: log } = await events.read(runId, { limit: 10_000 });
  const ends = new Map<string, number>();
  for (const { type, payload } of log) {
    if (type !== 'step.completed') continue;
    const { stepId } = JSON.parse(payload) as { stepId: string };
    ends.set(stepId, (ends.get(stepId) ?? 0) + 1);
  }
  return ends;
}

/** A store that fails now and then while the program runs, and is well again a moment later. */
async function withFaults(
  stores: Stores,
  program: Program,
  faults: readonly { readonly n: number; readonly mode: 'once' | 'answer-lost' }[],
) {
  const definition = defineProgram(program);
  const faulty = faultyStores(stores);
  await using runtime = await open({
    stores: faulty.stores,
    definitions: [definition],
    onError: () => {},
  });
  const run = await runtime.start(definition);
  for (const { n, mode } of faults) {
    faulty.arm(n, mode, ({ method }) => WORK_CALLS.has(method));
    await Promise.race([eventually(() => faulty.struck), run.result()]).catch(() => {});
  }
  faulty.disarm();
  await run.result();
  await expectSound(stores, run.id);
  return remains(stores, run.id);
}

const WORK_CALLS = new Set(['events.append', 'outputs.append', 'checkpoints.save']);

const RUNS = { memory: runs(100), 'sqlite inline': runs(15) } as Readonly<Record<string, number>>;

describe.each(PLACES)('on %s, a program that crashes', (name, create) => {
  it('leaves what it would have left without a crash, and no step is completed twice', async () => {
    const crashes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(anyProgram(), crashes, async (program, after) => {
        using calm = create();
        using rough = create();
        const calmStores = calm.stores();
        const roughStores = rough.stores();
        await Promise.all([calmStores.open(), roughStores.open()]);
        try {
          const expected = await withoutCrash(calmStores, program);
          const crashed = await withCrashes(roughStores, program, after);
          expect(crashed.remains).toEqual(expected);
          for (const [stepId, ends] of crashed.log) {
            expect([stepId, ends]).toEqual([stepId, 1]);
          }
        } finally {
          await Promise.all([calmStores.close(), roughStores.close()]);
        }
      }),
      { numRuns: RUNS[name] ?? 10 },
    );
  }, 120_000);

  it('leaves the same when the store fails now and then', async () => {
    const faults = fc.array(
      fc.record({
        n: fc.integer({ min: 1, max: 8 }),
        mode: fc.constantFrom('once' as const, 'answer-lost' as const),
      }),
      { minLength: 1, maxLength: 3 },
    );
    await fc.assert(
      fc.asyncProperty(anyProgram(), faults, async (program, struck) => {
        using calm = create();
        using rough = create();
        const calmStores = calm.stores();
        const roughStores = rough.stores();
        await Promise.all([calmStores.open(), roughStores.open()]);
        try {
          const expected = await withoutCrash(calmStores, program);
          const { outputs, ...rest } = await withFaults(roughStores, program, struck);
          expect({ ...rest, outputs }).toEqual(expected);
        } finally {
          await Promise.all([calmStores.close(), roughStores.close()]);
        }
      }),
      { numRuns: RUNS[name] ?? 10 },
    );
  }, 120_000);

  it('is the same again in a fork of any of its checkpoints, if nothing is edited', async () => {
    await fc.assert(
      fc.asyncProperty(anyProgram(), async (program) => {
        using place = create();
        const stores = place.stores();
        const definition = defineProgram(program);
        await using runtime = await open({ stores, definitions: [definition] });
        const source = await runtime.start(definition);
        const result = await source.result();
        for (const { superStep } of await source.checkpoints.list()) {
          const fork = await runtime.fork({ runId: source.id, superStep });
          expect(await fork.result()).toEqual(result);
          expect((await fork.checkpoints.latest())?.values).toEqual(
            (await source.checkpoints.latest())?.values,
          );
          // Of a fork, too.
          const again = await runtime.fork({ runId: fork.id });
          expect(await again.result()).toEqual(result);
        }
      }),
      { numRuns: RUNS[name] ?? 10 },
    );
  }, 120_000);
});
