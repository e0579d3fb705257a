/** Follows every run, live, and writes down what it sees: `subscriber-child.ts <settings>`. Ends when all are over. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createRuntime, isRunchartError, type Runtime } from '../../../src/index.ts';
import { againAndAgain } from './again-and-again.ts';
import { noteFault } from './paper.ts';
import { ready, thisPart } from './part.ts';

const PAGE = 1_000;
const RETRY_MS = 200;

const part = await thisPart();
const { stores, paper, stop } = part;
const fault = noteFault(paper);
await using runtime: Runtime = await createRuntime({
  stores,
  role: 'orchestrator',
  onError: fault,
});
const following = new Map<string, Promise<void>>();

async function follow(runId: string): Promise<void> {
  let afterSeq = 0;
  for (;;) {
    try {
      const run = await runtime.get(runId);
      for await (const { seq, eventId } of run.events({ afterSeq })) {
        afterSeq = seq;
        paper.note('seen', { runId, seq, eventId });
      }
      return;
    } catch (error) {
      // The engine may be away for a while: whoever follows goes on behind what he has seen.
      fault(error);
      if (isRunchartError(error, 'RUNTIME_CLOSED')) return;
      await sleep(RETRY_MS);
    }
  }
}

function meet(runId: string): void {
  if (!following.has(runId)) following.set(runId, follow(runId));
}

async function meetAll(): Promise<void> {
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = await runtime.list({ limit: PAGE, order: 'oldest', ...(cursor && { cursor }) });
    for (const { snapshot } of page.runs) meet(snapshot.runId);
    cursor = page.nextCursor;
  }
}

ready();
await againAndAgain(
  part,
  () => RETRY_MS,
  async () => {
    const changes = runtime.changes({ signal: stop });
    await meetAll();
    for await (const change of changes) {
      if (change.kind === 'changed') meet(change.run.snapshot.runId);
      else if (change.kind === 'missed') await meetAll();
    }
  },
);
for (let isComplete = false; !isComplete;) {
  isComplete = await meetAll().then(
    () => true,
    (error: unknown) => {
      fault(error);
      return sleep(RETRY_MS, false);
    },
  );
}
await Promise.all(following.values());
