/**
 * A trial of a subscription lasts two weeks. No program has to run for so long: the instant is in the
 * log, the run holds no memory while it sleeps, and the program may end and start as often as it likes.
 * The clock is the program's own, so that two weeks are over at once.
 */
import { join } from 'node:path';
import { createRuntime, defineRun } from 'runchart';
import { sqlite } from 'runchart/sqlite';
import { z } from 'zod';
import { workFolder } from './support/folder.ts';
import { untilEvent } from './support/until-event.ts';

const DAY = 24 * 60 * 60 * 1000;
let now = Date.parse('2026-03-01T09:00:00Z');
const dayOf = (instantMs: number) => new Date(instantMs).toISOString().slice(0, 10);
const say = (...what: readonly unknown[]) => console.log(`${dayOf(now)}:`, ...what);

const trial = defineRun({
  name: 'trial',
  input: z.string(),
  execute: async ({ input: customer, step, sleepUntil }) => {
    // The time is asked for in a step: what comes later must not depend on when it runs again.
    const began = await step('welcome', () => {
      say(`mail to ${customer}: your trial begins`);
      return now;
    });
    await sleepUntil(began + 11 * DAY);
    await step('remind', () => say(`mail to ${customer}: three days left`));
    await sleepUntil(began + 14 * DAY);
    return `the trial of ${customer} has ended`;
  },
});

const database = join(workFolder(), 'runs.db');
const open = () =>
  createRuntime({ stores: sqlite(database), definitions: [trial], clock: () => now });
const runId = 'trial of Ada';

{
  await using runtime = await open();
  const run = await runtime.start(trial, { input: 'Ada', runId });
  await untilEvent(run, 'attempt.ended');
  const { waiting } = await run.snapshot();
  say(`the program ends, the run sleeps until ${dayOf(waiting?.wakeAtMs ?? 0)}`);
}
now += 5 * DAY;
{
  await using runtime = await open();
  const { snapshot } = await runtime.info(runId);
  say(`the program was started too early, the run is ${snapshot.waiting?.parked}`);
}
now += 8 * DAY;
{
  await using runtime = await open();
  const run = await runtime.get(runId);
  await untilEvent(run, 'attempt.ended', 2);
  say('the program was started late, and ends again');
}
now += DAY;
{
  await using runtime = await open();
  const run = await runtime.get(runId);
  say(await run.result());
}

// prints:
// 2026-03-01: mail to Ada: your trial begins
// 2026-03-01: the program ends, the run sleeps until 2026-03-12
// 2026-03-06: the program was started too early, the run is waiting
// 2026-03-14: mail to Ada: three days left
// 2026-03-14: the program was started late, and ends again
// 2026-03-15: the trial of Ada has ended
