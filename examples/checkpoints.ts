/**
 * The votes of an evening are counted as the polling stations call in. What is known is in channels, and
 * each channel has a reducer that says how a write changes it. After each call the state is kept as a
 * checkpoint: the program that goes on after a restart has it again, and anybody can look at each of them.
 */
import { join } from 'node:path';
import { appendList, channel, createRuntime, defineRun, mergeMap } from 'runchart';
import { sqlite } from 'runchart/sqlite';
import { workFolder } from './support/folder.ts';
import { untilEvent } from './support/until-event.ts';

type Call = { readonly station: string; readonly yes: number; readonly no: number };
const stations = ['North', 'South', 'Harbour'];

const count = defineRun({
  name: 'count',
  state: {
    // A reducer of our own: what is written is added.
    yes: channel((sum, more) => Number(sum) + Number(more), { initial: 0 }),
    no: channel((sum, more) => Number(sum) + Number(more), { initial: 0 }),
    heard: appendList({ initial: [] }),
    shares: mergeMap({ initial: {} }),
  },
  execute: async ({ state, receive, checkpoint }) => {
    for (const _ of stations) {
      const { station, yes, no } = (await receive()) as Call;
      const share = Math.round((100 * yes) / (yes + no));
      await state.update({ yes, no, heard: station, shares: { [station]: share } });
      await checkpoint(`after ${station}`);
    }
    return Number(state.get('yes')) > Number(state.get('no')) ? 'accepted' : 'rejected';
  },
});

const database = join(workFolder(), 'runs.db');
const open = () => createRuntime({ stores: sqlite(database), definitions: [count] });
const runId = 'referendum';
{
  await using runtime = await open();
  const run = await runtime.start(count, { runId });
  await run.send({ station: 'North', yes: 420, no: 180 });
  await run.send({ station: 'South', yes: 210, no: 390 });
  await untilEvent(run, 'checkpoint.saved', 2);
  console.log('The program ends, with two of three stations counted.');
}
await using runtime = await open();
const run = await runtime.get(runId);
await run.send({ station: 'Harbour', yes: 160, no: 140 });
console.log(await run.result());

for (const { superStep, label } of await run.checkpoints.list()) {
  const { values } = await run.checkpoints.load(superStep);
  console.log(label, values['yes'], 'to', values['no']);
}
const latest = await run.checkpoints.latest();
console.log(latest?.values['heard'], latest?.values['shares']);

// prints:
// The program ends, with two of three stations counted.
// accepted
// after North 420 to 180
// after South 630 to 570
// after Harbour 790 to 710
// [ 'North', 'South', 'Harbour' ] { North: 70, South: 35, Harbour: 53 }
