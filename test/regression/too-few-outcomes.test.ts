import { expect, it } from 'vitest';
import { Committer, type CommitSource } from '../../src/actors/committer.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { commitOf } from '../../src/testing/cases/builders.ts';

// A run that had its answer was told of the failure as well, when it had nothing in flight any more.

it('[I5] of a store that answers fewer commits than it was given each run is told once that it failed', async () => {
  const { capabilities } = memory().events;
  const committer = new Committer({ capabilities, append: async () => [{ kind: 'stored' }] });
  const told: string[] = [];
  const source = (runId: string): CommitSource => ({
    take: () => commitOf(runId, 0),
    settle: ({ kind }) => void told.push(`${runId} ${kind}`),
    fail: () => void told.push(`${runId} failed`),
  });
  committer.mark(source('run_1'));
  committer.mark(source('run_2'));
  await committer.idle();
  expect(told).toEqual(['run_1 failed', 'run_2 failed']);
});
