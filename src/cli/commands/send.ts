import { EXIT } from '../cli-error.ts';
import type { Command } from '../command.ts';
import { jsonOf } from '../option-values.ts';
import { openRun } from '../runs.ts';
import { withStore } from '../store.ts';

/** `runchart send RUN JSON`: hands something to the code of a run. */
export const send: Command = {
  name: 'send',
  operands: 'RUN JSON',
  summary: 'Send a JSON value to the code of a run, which gets it by receive()',
  details: [
    'With --json the recorded event is printed. Exit code 1 when the run is over: then nobody gets it.',
  ],
  options: {},
  minPositionals: 2,
  maxPositionals: 2,
  run: (context) => {
    const { options, stdout, stderr, positionals } = context;
    const [name = '', text = ''] = positionals;
    const signal = jsonOf('send', text);
    return withStore(context, async (runtime) => {
      const { run } = await openRun(runtime, name);
      const envelope = await run.send(signal);
      const told =
        options['json'] === true ? JSON.stringify(envelope) : `sent at seq ${envelope.seq}`;
      await stdout.write(`${told}\n`);
      if (!envelope.late) return EXIT.ok;
      await stderr.write(`the run is ${await run.status()}: it is recorded, and nobody gets it\n`);
      return EXIT.failed;
    });
  },
};
