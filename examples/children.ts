/**
 * A release of several packages: each is published by a run of its own, a child. They run side by side, one
 * of them fails, and the release decides what to make of that. Cancelling a run cancels its children.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createRuntime, defineRun, isRunchartError } from 'runchart';
import { memory } from 'runchart/memory';
import { z } from 'zod';
import { untilEvent } from './support/until-event.ts';

const publish = defineRun({
  name: 'publish',
  input: z.string(),
  execute: async ({ input: name, step, signal }) => {
    const version = await step('build', () => '2.0.0');
    await step('upload', async () => {
      if (name === 'icons') throw new Error('the registry refused it');
      // This one takes for ever, unless somebody cancels it.
      if (name === 'manual') await pause(3_600_000, undefined, { signal });
    });
    return `${name}@${version}`;
  },
});

const release = defineRun({
  name: 'release',
  input: z.array(z.string()),
  execute: ({ input: names, child }) =>
    Promise.all(
      names.map((name) =>
        child(publish, name, { prompt: name }).catch((error: unknown) => {
          if (!isRunchartError(error, 'CHILD_FAILED')) throw error;
          const { message } = error.cause as Error;
          return `${name} was left out: ${message}`;
        }),
      ),
    ),
});

// Children are runs of registered definitions, so that they too can be gone on with after a crash.
await using runtime = await createRuntime({ stores: memory(), definitions: [publish, release] });

async function printChildren(parentRunId: string): Promise<void> {
  const { runs } = await runtime.list({ parentRunId });
  const lines = runs.map(({ snapshot }) => `${snapshot.prompt} is ${snapshot.status}`);
  console.log(lines.toSorted().join(', '));
}

const run = await runtime.start(release, { input: ['core', 'icons', 'themes'] });
for (const line of await run.result()) console.log(line);
await printChildren(run.id);

const endless = await runtime.start(release, { input: ['core', 'manual'] });
await untilEvent(endless, 'step.completed');
await printChildren(endless.id);
const { outcome } = await endless.cancel({ reason: 'the manual can wait' });
console.log(`the release is ${outcome}`);
// The children are told after that, so each is waited for.
for (const { snapshot } of (await runtime.list({ parentRunId: endless.id })).runs) {
  const child = await runtime.get(snapshot.runId);
  await child.result().catch((error: unknown) => {
    if (isRunchartError(error, 'RUN_CANCELLED')) console.log(`${snapshot.prompt} was cancelled`);
  });
}
await printChildren(endless.id);

// prints:
// core@2.0.0
// icons was left out: the registry refused it
// themes@2.0.0
// core is completed, icons is failed, themes is completed
// core is completed, manual is executing
// the release is cancelled
// manual was cancelled
// core is completed, manual is cancelled
