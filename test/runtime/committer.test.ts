import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Committer, type CommitSource } from '../../src/actors/committer.ts';
import type { Commit, CommitOutcome, EventStore } from '../../src/stores/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { commitOf } from '../../src/testing/cases/builders.ts';

/** A store whose appends land when they are let go; it says whether it works in the background. */
async function heldStore(background: boolean) {
  const stores = memory();
  await stores.open();
  const inner = stores.events;
  const batches: string[][] = [];
  const held: (() => void)[] = [];
  const store: Pick<EventStore, 'append' | 'capabilities'> = {
    capabilities: { ...inner.capabilities, background },
    append: async (commits) => {
      batches.push(commits.map(({ run }) => run.runId));
      await new Promise<void>((resolve) => held.push(resolve));
      return inner.append(commits);
    },
  };
  return { store, batches, release: () => held.shift()?.() };
}

/** A run that has one commit to write. */
function source(runId: string, told: string[]): CommitSource {
  let commit: Commit | undefined = commitOf(runId, 0);
  return {
    take: () => {
      const taken = commit;
      commit = undefined;
      return taken;
    },
    settle: ({ kind }: CommitOutcome) => void told.push(`${runId} ${kind}`),
    fail: () => void told.push(`${runId} failed`),
  };
}

async function turns(): Promise<void> {
  for (let n = 0; n < 10; n += 1) await turn();
}

it.each([
  ['in the background gets the next batch while it writes one, and no third', true, 2],
  ['on this thread gets the next batch when it has written the one before', false, 1],
])('a store that works %s', async (_, background, most) => {
  const { store, batches, release } = await heldStore(background);
  const committer = new Committer(store);
  const told: string[] = [];
  for (const runId of ['run_1', 'run_2', 'run_3', 'run_4']) {
    committer.mark(source(runId, told));
    await turns();
  }
  expect(batches).toHaveLength(most);
  expect(told).toEqual([]);
  let isIdle = false;
  const idle = committer.idle().then(() => (isIdle = true));
  release();
  await turns();
  // What waited meanwhile goes together.
  expect(batches.at(-1)).toEqual(['run_1', 'run_2', 'run_3', 'run_4'].slice(most));
  expect(told).toEqual(['run_1 stored']);
  expect(isIdle).toBe(false);
  while (told.length < 4) {
    release();
    await turns();
  }
  await idle;
  expect(told).toEqual(['run_1 stored', 'run_2 stored', 'run_3 stored', 'run_4 stored']);
});

it('runs that are marked in one turn are one batch, in the order of marking, each once', async () => {
  const { store, batches, release } = await heldStore(true);
  const committer = new Committer(store);
  const told: string[] = [];
  const first = source('run_1', told);
  committer.mark(first);
  committer.mark(source('run_2', told));
  committer.mark(first);
  await turns();
  expect(batches).toEqual([['run_1', 'run_2']]);
  release();
  await committer.idle();
  expect(told).toEqual(['run_1 stored', 'run_2 stored']);
});

it('beside a batch that is under way none leaves that those who are yet to be told would fill', async () => {
  const { store, batches, release } = await heldStore(true);
  const committer = new Committer(store);
  const seqs = new Map<string, number>();
  // Each run has something to write as soon as it is told, twice.
  const begin = (runId: string): void => {
    const seq = seqs.get(runId) ?? 0;
    if (seq === 2) return;
    seqs.set(runId, seq + 1);
    const own = source(runId, []);
    committer.mark({ ...own, take: () => own.take(256, 1), settle: () => begin(runId) });
  };
  for (let n = 0; n < 300; n += 1) begin(`run_${n}`);
  await turns();
  expect(batches.map(({ length }) => length)).toEqual([256, 44]);
  release();
  await turns();
  expect(batches.map(({ length }) => length)).toEqual([256, 44, 256]);
  while (seqs.size > 0 && batches.flat().length < 600) {
    release();
    await turns();
  }
  release();
  release();
  await committer.idle();
});
