/**
 * Works as a whole runtime does: starts runs and drives them, and records facts from outside, each with what came of
 * it: `load-child.ts <settings>`. Ends when it was asked to, and all of its runs are over.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createRuntime, type Run, type Runtime } from '../../../src/index.ts';
import { ACTIVE_STATUSES } from '../../../src/machines/index.ts';
import type { Commit } from '../../../src/stores/index.ts';
import { wrapStores } from '../../../src/testing/index.ts';
import { againAndAgain } from './again-and-again.ts';
import { CHAOS, type ChaosInput, chaosRun } from './chaos-run.ts';
import { noteFault, noteStored, type Paper } from './paper.ts';
import { ready, thisPart } from './part.ts';

const RECORDERS = 12;
/** Facts of one run. */
const FACTS = 50;
const LOOK_MS = 250;
const RETRY_MS = 200;
/** A program that records as fast as it can would leave nothing of the machine to the servers. */
const PAUSE_MS = 8;

const part = await thisPart();
const { stores, paper, random, alive, capacity, name } = part;
const fault = noteFault(paper);
const driven = new Map<string, number>();
await using runtime: Runtime = await createRuntime({
  stores: wrapStores(stores, async ({ method, args }, proceed) => {
    try {
      return await proceed();
    } catch (error) {
      if (method === 'events.append') noteDoubt(paper, args[0] as readonly Commit[], error);
      throw error;
    }
  }),
  definitions: [
    chaosRun({
      random,
      entered: (runId) => {
        const about = { runId, epoch: driven.get(runId) ?? 0 };
        paper.note('entered', about);
        return (how) => paper.note(how, about);
      },
    }),
  ],
  concurrency: capacity,
  maxAttempts: Number.MAX_SAFE_INTEGER,
  observe: noteStored(paper),
  onError: fault,
});

function noteDoubt(paper: Paper, commits: readonly Commit[], error: unknown): void {
  const eventIds = commits.flatMap(({ events }) => events.map(({ eventId }) => eventId));
  const code = (error as { readonly code?: unknown }).code;
  paper.note('in doubt', { eventIds, code: typeof code === 'string' ? code : 'UNKNOWN' });
}

let number = 0;

/** Tries until it goes well: the engine may be away for a while. */
async function insist<T>(act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      fault(error);
      await sleep(RETRY_MS);
    }
  }
}

async function recordOne(run: Run): Promise<void> {
  number += 1;
  const mark = `${name} ${number}`;
  const about = { mark, runId: run.id };
  paper.note('asked', about);
  try {
    await run.record({ type: 'fact', mark });
    paper.note('answered', { ...about, answer: 'stored' });
  } catch (error) {
    const { message } = error as Error;
    const answer = message.includes('is unknown') ? 'unknown' : 'failed';
    paper.note('answered', { ...about, answer, message: message.slice(0, 300) });
    await sleep(RETRY_MS);
  }
}

async function recordRuns(): Promise<void> {
  while (!part.stop.aborted) {
    number += 1;
    const idempotencyKey = `${name} open ${number}`;
    const run = await insist(() => runtime.open({ idempotencyKey }));
    for (let facts = 0; facts < FACTS && !part.stop.aborted; facts += 1) {
      await recordOne(run);
      await sleep(random() * PAUSE_MS);
    }
    await insist(() => run.complete(null, { idempotencyKey: 'complete' }));
  }
}

async function activeRuns(): Promise<number> {
  const counts = await runtime.counts({ definition: CHAOS });
  return ACTIVE_STATUSES.reduce((sum, status) => sum + counts[status], 0);
}

async function startMore(): Promise<void> {
  for (
    let missing = alive - (await activeRuns());
    missing > 0 && !part.stop.aborted;
    missing -= 1
  ) {
    number += 1;
    const input: ChaosInput = { way: 'works' };
    await runtime.start(CHAOS, { input, idempotencyKey: `${name} start ${number}` });
  }
}

ready();
await Promise.all([
  againAndAgain(part, () => LOOK_MS, startMore),
  ...Array.from({ length: RECORDERS }, recordRuns),
]);
while ((await insist(activeRuns)) > 0) await sleep(LOOK_MS);
