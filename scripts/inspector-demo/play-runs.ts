import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isRunchartError, type Json, type Run, type Runtime } from 'runchart';
import { untilEvent } from '../../examples/support/until-event.ts';
import { awaitFile } from '../../examples/jobs/await-file.ts';
import { measureFolder } from '../../examples/jobs/measure-folder.ts';
import { purchase } from '../../examples/jobs/purchase.ts';
import { releaseCheck } from '../../examples/jobs/release-check.ts';
import { reviewChange } from '../../examples/jobs/review-change.ts';
import { recordByHand } from './record-by-hand.ts';

/** Where the runs work, and what they leave. */
export interface Places {
  /** The repository that is read. Nothing in it is changed. */
  readonly repository: string;
  /** For lock files. */
  readonly folder: string;
}

const ITEMS = [
  { name: 'standing desk', price: 420, count: 2 },
  { name: 'lamp', price: 65, count: 3 },
];
const FOLDERS = ['docs', 'examples', 'src', 'test'];

/** Plays all runs side by side, each to where it is interesting. */
export async function playRuns(runtime: Runtime, places: Places): Promise<void> {
  await Promise.all([
    playReviews(runtime, places),
    playResumed(runtime, places),
    playQueue(runtime, places),
    playChecks(runtime, places),
    playWaits(runtime, places),
    playPurchases(runtime),
    recordByHand(runtime),
  ]);
}

/** One that is published after a wait for a lock, and a fork of it that looks more closely. */
async function playReviews(runtime: Runtime, { repository, folder }: Places): Promise<void> {
  const lockFile = join(folder, 'review-published.lock');
  const run = await runtime.start(reviewChange, {
    runId: 'review-published',
    prompt: 'Review of the whole repository, before its release',
    input: { repository, folders: FOLDERS, lockFile },
  });
  await answer(run, {
    publish: true,
    audience: 'team',
    note: 'Have a look at what is said twice.',
  });
  await run.result();
  const measured = (await run.checkpoints.list()).find(({ label }) => label === 'measured');
  const fork = await runtime.fork(
    { runId: run.id, ...(measured && { superStep: measured.superStep }) },
    {
      runId: 'review-stricter',
      prompt: 'The same review with stricter limits',
      edits: { limits: { functionLines: 30, fileLines: 200 } },
    },
  );
  await answer(fork, { publish: false, audience: 'team', note: 'Too strict.' });
  await fork.result();
}

/** The one that a killed process began: it gets its lock after it has failed twice here, too. */
async function playResumed(runtime: Runtime, { folder }: Places): Promise<void> {
  const run = await runtime.get('review-resumed');
  await untilEvent(run, 'attempt.started', 2);
  await untilEvent(run, 'step.failed', 2);
  rmSync(join(folder, 'review-resumed.lock'));
  await untilEvent(run, 'interrupt.requested');
}

/** A session whose first run waits for an answer, so that two more wait for it. */
async function playQueue(runtime: Runtime, { repository, folder }: Places): Promise<void> {
  const sessionId = 'docs-team';
  const first = await runtime.start(reviewChange, {
    runId: 'review-waiting',
    sessionId,
    prompt: 'Review of the documents',
    input: { repository, folders: ['docs'], lockFile: join(folder, 'review-waiting.lock') },
  });
  await runtime.start(measureFolder, {
    runId: 'measure-queued',
    sessionId,
    prompt: 'Measure the documents, after the review',
    input: { repository, folder: 'docs' },
  });
  await runtime.start(releaseCheck, {
    runId: 'check-queued',
    sessionId,
    prompt: 'Check the release, after that',
    priority: -1,
    input: { repository, version: '0.1.0' },
  });
  await untilEvent(first, 'interrupt.requested');
}

/** One check that holds, one that does not. */
async function playChecks(runtime: Runtime, { repository }: Places): Promise<void> {
  const path = join(repository, 'package.json');
  const { version } = existsSync(path)
    ? (JSON.parse(readFileSync(path, 'utf8')) as { version: string })
    : { version: '1.0.0' };
  const start = (runId: string, wanted: string) =>
    runtime.start(releaseCheck, {
      runId,
      prompt: `Is ${wanted} ready to be released?`,
      input: { repository, version: wanted },
    });
  const ready = await start('release-ready', version);
  await isOver(ready);
  const refused = await start('release-refused', '99.0.0');
  await isOver(refused);
  // Too late: it is kept, and changes nothing.
  await refused.record({ type: 'tool.completed', tool: 'git', output: 'a late answer' });
  await refused.cancel({ reason: 'somebody was too late' });
}

/** One whose time runs out, one that somebody cancels, one that finds what it waits for. */
async function playWaits(runtime: Runtime, { repository, folder }: Places): Promise<void> {
  const missing = { path: join(folder, 'build.tar'), everyMs: 400 };
  const late = await runtime.start(awaitFile, {
    runId: 'build-timeout',
    prompt: 'Wait for the build, two seconds at most',
    input: missing,
    deadlineAtMs: Date.now() + 2_000,
  });
  const cancelled = await runtime.start(awaitFile, {
    runId: 'build-cancelled',
    prompt: 'Wait for the build',
    input: missing,
  });
  await runtime.start(awaitFile, {
    runId: 'licence-found',
    prompt: 'Wait for the licence',
    input: { path: join(repository, 'LICENSE'), everyMs: 400 },
  });
  await untilEvent(cancelled, 'step.completed', 2);
  await cancelled.cancel({ reason: 'the build was called off' });
  await isOver(late);
}

/** One in the middle of its approvals, one that is ordered and may be returned for two weeks. */
async function playPurchases(runtime: Runtime): Promise<void> {
  const start = async (runId: string, prompt: string) => {
    const run = await runtime.start(purchase, { runId, prompt, input: { items: ITEMS } });
    await run.send({ type: 'SUBMIT' });
    await untilEvent(run, 'interrupt.requested');
    return run;
  };
  await start('purchase-waiting', 'Desks and lamps for the new room');
  const ordered = await start('purchase-ordered', 'Desks and lamps for the old room');
  await untilEvent(ordered, 'log');
  await ordered.send({ type: 'CONTRACT_READ' });
  await answer(ordered, true);
  for await (const { event } of ordered.events()) if (event['to'] === 'returnable') break;
}

async function answer(run: Run<unknown>, value: Json): Promise<void> {
  await untilEvent(run, 'interrupt.requested');
  const [asked] = await run.interrupts.list();
  if (asked === undefined) throw new Error(`Run ${run.id} asks nothing.`);
  await run.interrupts.resolve(asked.id, asked.token, value);
}

/** Resolves when the run is over, whichever way. */
async function isOver(run: Run<unknown>): Promise<void> {
  await run.result().catch((error: unknown) => {
    if (!isRunchartError(error)) throw error;
  });
}
