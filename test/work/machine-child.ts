/**
 * Drives a machine until it is killed, or done: `machine-child.ts <database> <paper>`. What it does is
 * written down at once, in a file that outlives the process. The first process hangs in an action.
 */
import { openSync, readFileSync, writeSync } from 'node:fs';
import { assign, fromPromise, setup } from 'xstate';
import { createRuntime, defineRun } from '../../src/index.ts';
import { typed } from '../support/typed.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';

const [, , file = '', paper = ''] = process.argv;
const pen = openSync(paper, 'a');
const note = (word: string): void => void writeSync(pen, `${word}\n`);
const isFirst = readFileSync(paper, 'utf8') === '';

const machine = setup({
  types: typed<{ context: { got: string }; output: { got: string } }>(),
  actors: {
    work: fromPromise(async () => {
      note('work');
      return 'result of work';
    }),
  },
  actions: {
    act: async () => {
      note('acting');
      if (isFirst) await new Promise(() => setInterval(() => {}, 1_000));
      note('acted');
    },
  },
}).createMachine({
  context: { got: '' },
  initial: 'working',
  output: ({ context }) => context,
  states: {
    working: {
      invoke: {
        id: 'work',
        src: 'work',
        onDone: { target: 'resting', actions: assign({ got: ({ event }) => event.output }) },
      },
    },
    resting: { after: { 50: { target: 'over', actions: 'act' } } },
    over: { type: 'final' },
  },
});

const definition = defineRun({ name: 'child', machine });
const runtime = await createRuntime({ stores: sqlite(file), definitions: [definition] });
process.stdout.write('ready\n');
const run = isFirst
  ? await runtime.start(definition, { runId: 'run_child' })
  : await runtime.get('run_child');
await run.result();
note('over');
await runtime.close();
