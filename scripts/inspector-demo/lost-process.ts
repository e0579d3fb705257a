/**
 * A process that is meant to be killed: `node lost-process.ts DATABASE REPOSITORY LOCK`. It opens a run that only
 * it knows how to drive, and starts a review that another process can go on with. Says a line when both have begun.
 */
import { createRuntime } from 'runchart';
import { sqlite } from 'runchart/sqlite';
import { untilEvent } from '../../examples/support/until-event.ts';
import { reviewChange } from '../../examples/jobs/review-change.ts';

const [database = '', repository = '', lockFile = ''] = process.argv.slice(2);
const runtime = await createRuntime({ stores: sqlite(database), definitions: [reviewChange] });

const build = await runtime.open({
  runId: 'nightly-lost',
  sessionId: 'nightly',
  definition: 'nightly-build',
  prompt: 'The build of every night, by a machine that went away',
});
await build.record({ type: 'run.started' });
await build.record({ type: 'step.started', stepId: 'compile', name: 'compile' });
await build.record({ type: 'log', level: 'info', message: 'compiling 364 files' });

const review = await runtime.start(reviewChange, {
  runId: 'review-resumed',
  prompt: 'Review of src, begun by a process that was killed',
  input: { repository, folders: ['src'], lockFile },
});
await untilEvent(review, 'step.failed');
process.stdout.write('begun\n');
