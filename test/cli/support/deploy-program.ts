/**
 * The definition of `deploy.ts` in a process of its own, over the store that the command line uses as well:
 *
 * - `keep KIND...` starts runs, prints their ids, and drives them until it is killed;
 * - `go-on RUN...` goes on with runs until they are over, and prints how each ended, as JSON.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openDeploy, outcomeOf, startKinds } from './deploy.ts';

const HOUR_MS = 3_600_000;
const [action = '', ...words] = process.argv.slice(2);
await using runtime = await openDeploy('.', action === 'go-on' ? 'resume' : 'leave');

if (action === 'go-on') {
  for (const runId of words) console.log(JSON.stringify(await outcomeOf(runtime, runId)));
} else {
  for (const runId of await startKinds(runtime, words)) console.log(runId);
  await sleep(HOUR_MS);
}
