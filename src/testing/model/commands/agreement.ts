import { deepStrictEqual } from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { isRunchartError, type Envelope, type Run } from '../../../index.ts';
import type { ModelRun } from '../contract/model-run.ts';
import { factsOf } from '../contract/run-facts.ts';
import { brokenInvariants } from '../sound-log.ts';
import type { ModelWorld, Via } from './model-world.ts';
import type { Follower, RealRuntimes } from './real-runtimes.ts';

/** How long followers may take until they have what is stored, in milliseconds. */
const PATIENCE_MS = 10_000;

/** Throws an error that shows the difference, if there is one, between runtime and model. */
export function mustEqual(what: string, actual: unknown, expected: unknown): void {
  try {
    deepStrictEqual(plain(actual), plain(expected));
  } catch (error) {
    throw new Error(`${what}: the runtime departs from the model. ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Arbitraries make objects without a prototype, which JSON does not tell apart. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}

/** The answer, or `{ refused: code }`; any other error is thrown. */
export async function answerOf<T>(
  asked: Promise<T>,
  shape: (answer: T) => unknown,
): Promise<unknown> {
  try {
    return shape(await asked);
  } catch (error) {
    if (isRunchartError(error)) return { refused: error.code };
    throw error;
  }
}

/** Both runtimes MUST say of a run what the model says. */
export async function runAgrees(
  run: ModelRun,
  world: ModelWorld,
  real: RealRuntimes,
): Promise<void> {
  for (const via of [0, 1] as const) {
    const { snapshot, owner } = await real.runtime(via).info(run.runId);
    mustEqual(`${run.runId} through runtime ${via}`, factsOf(snapshot), run.facts);
    const alive = world.owners.some((id) => id === run.owner);
    const expected = run.owner === null ? null : { id: run.owner, alive };
    mustEqual(`the owner of ${run.runId} through runtime ${via}`, owner, expected);
  }
}

/** The log as one reads it MUST be that of the model. */
export async function logAgrees(handle: Run, run: ModelRun, afterSeq = 0): Promise<void> {
  const got: Envelope[] = [];
  for await (const each of handle.events({ live: false, afterSeq })) got.push(each);
  mustEqual(`the log of ${run.runId}`, logOf(got), expectedLog(run, afterSeq));
}

/** Event 1 is not compared word for word: the model knows what it means, not how it is written. */
function logOf(envelopes: readonly Envelope[]): unknown {
  return envelopes.map(({ seq, epoch, late, event }) => ({
    seq,
    epoch,
    late,
    event: seq === 1 ? event.type : event,
  }));
}

function expectedLog({ log }: ModelRun, afterSeq: number): unknown[] {
  return log
    .map(({ epoch, late, event }, i) => ({
      seq: i + 1,
      epoch,
      late,
      event: i === 0 ? event.type : event,
    }))
    .slice(afterSeq);
}

/** Waits until somebody who follows has what there is, and compares it. */
async function followerAgrees(follower: Follower, run: ModelRun, isCut: boolean): Promise<void> {
  const { got, afterSeq, runId } = follower;
  const least = Math.max(0, (run.isOver ? run.decidedAt : run.seq) - afterSeq);
  const deadline = performance.now() + PATIENCE_MS;
  while (got.length < least) {
    // What a runtime shows ends with it.
    if (isCut) break;
    if (performance.now() > deadline) {
      throw new Error(
        `A follower of ${runId} after ${afterSeq} got ${got.length} events of ${least}`,
      );
    }
    await pause(1);
  }
  const seen = got.slice();
  mustEqual(
    `what a follower of ${runId} got`,
    logOf(seen),
    expectedLog(run, afterSeq).slice(0, seen.length),
  );
}

/** Everything MUST agree in the end: each run, its log, what was followed, and the invariants of the log. */
export async function worldAgrees(world: ModelWorld, real: RealRuntimes): Promise<void> {
  const stores = real.stores();
  await stores.open();
  try {
    for (const run of world.store.runs) {
      await runAgrees(run, world, real);
      await logAgrees(await real.runtime(0).get(run.runId), run);
      const broken = await brokenInvariants(stores, run.runId);
      if (broken.length > 0) throw new Error(`${run.runId} breaks ${broken.join('; ')}`);
    }
    for (const follower of real.followers) {
      const run = world.store.find(follower.runId);
      if (run === undefined) throw new TypeError(`Expected a model of ${follower.runId}`);
      await followerAgrees(follower, run, real.isCut(follower));
    }
    mustEqual('the faults that the runtimes told of', real.faults.map(String), []);
  } finally {
    await stores.close();
  }
}

/** A handle for commands. */
export function commandHandle(real: RealRuntimes, via: Via, run: ModelRun): Promise<Run> {
  return real.runtime(via).get(run.runId);
}
