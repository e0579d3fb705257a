import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { type AnyDefinition, createRuntime, type Run, type Runtime } from '../../../src/index.ts';
import { type FaultMode, faultyStores } from '../../../src/testing/index.ts';
import { decisive, expectSound, open, type Place, typesOf } from './helpers.ts';

/** What an operation has to work with. */
export interface Scene {
  readonly runtime: Runtime;
  readonly run: Run;
  /** The same run, from a runtime whose stores do not fail. */
  readonly elsewhere: Run;
  /** Where the operation may keep what its repeat and `after` need. */
  readonly notes: Map<string, string>;
}

/** Something that a store is failed under. */
export interface Operation {
  readonly name: string;
  readonly definitions?: readonly AnyDefinition[];
  /** It cuts the logs of runs with a definition. */
  readonly cuts?: true;
  /** Before the stores begin to fail. */
  readonly prepare?: (scene: Scene) => Promise<void>;
  readonly perform: (scene: Scene) => Promise<unknown>;
  /** What has to be true once the operation has been repeated without a fault. */
  readonly after?: (
    scene: Scene,
    answer: unknown,
    types: readonly string[],
  ) => Promise<void> | void;
}

/** An operation that has not settled by then never will; a machine with other work takes its time. */
const HANGS_MS = 5_000;
const MODES: readonly FaultMode[] = ['once', 'from-then-on', 'answer-lost', 'cut-off'];

/** Fails every store call of an operation, one at a time, in every way, and looks what is left. */
export async function sweep(operation: Operation, create: () => Place): Promise<void> {
  // Side by side, each over stores of its own: most of the time goes by in waiting.
  const sweeps = MODES.map(async (mode) => {
    let n = 1;
    while (await strike(operation, create, n, mode)) n += 1;
    expect(n, 'it calls the store at least once').toBeGreaterThan(1);
  });
  await Promise.all(sweeps);
}

/** Strikes the n-th store call of an operation. False when the operation makes fewer. */
async function strike(
  { definitions = [], cuts, prepare, perform, after }: Operation,
  create: () => Place,
  n: number,
  mode: FaultMode,
): Promise<boolean> {
  using place = create();
  const plain = place.stores();
  const faulty = faultyStores(place.stores());
  await using other = await open({ stores: plain });
  await using runtime = await createRuntime({
    stores: faulty.stores,
    definitions,
    onError: () => {},
  });
  const run = await runtime.open({ prompt: 'the one' });
  const notes = new Map<string, string>();
  const scene = { runtime, run, elsewhere: await other.get(run.id), notes };
  await run.record({ type: 'run.started' });
  await run.outputs.progress('p');
  await prepare?.(scene);
  faulty.arm(n, mode);
  const before = Promise.race([
    perform(scene),
    sleep(HANGS_MS).then(() => Promise.reject(new Error('hangs'))),
  ]);
  const first = await before.then(
    () => 'answered' as const,
    (error: unknown) => {
      if ((error as Error).message === 'hangs') throw error;
      return 'rejected' as const;
    },
  );
  // Work in the background may still be at it.
  await sleep(1);
  const { struck } = faulty;
  faulty.disarm();
  for (const { snapshot } of (await other.list()).runs) {
    // A log that was cut begins later; `verify` knows of it.
    if (snapshot.definition === null || cuts !== true) await expectSound(plain, snapshot.runId);
  }
  if (!struck) {
    expect(first).toBe('answered');
    return false;
  }
  const answer = await perform(scene);
  const log = await expectSound(plain, run.id);
  expect(decisive(log).length).toBeLessThanOrEqual(1);
  await after?.(scene, answer, typesOf(log));
  for (const { event } of log) {
    // What the log names always exists.
    if (event.type === 'output.appended') await run.outputs.get(event['outputId'] as string);
  }
  for (const { snapshot } of (await other.list()).runs) {
    expect(await other.verify(snapshot.runId)).toMatchObject({ ok: true, problems: [] });
  }
  // The runtime goes on working.
  const next = await runtime.open();
  await next.record({ type: 'log' });
  expect(await next.complete()).toMatchObject({ outcome: 'completed', seq: 3 });
  return true;
}
