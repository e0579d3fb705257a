import { isRunchartError, type Json, type Run, RunchartError } from '../../index.ts';
import { EXIT, usageError } from '../cli-error.ts';
import type { Command, OptionValues } from '../command.ts';
import { jsonOf, textOf } from '../option-values.ts';
import { openRun } from '../runs.ts';
import { withStore } from '../store.ts';
import { oneLine } from '../terminal/text.ts';

/** `runchart resolve RUN INTERRUPT`: answers an open question of a run. */
export const resolve: Command = {
  name: 'resolve',
  operands: 'RUN INTERRUPT [VALUE]',
  summary: 'Answer an open question of a run',
  details: [
    'VALUE is a text wherever the question takes one. Where it takes none, as with true or false, a',
    'number or an object, a VALUE that is JSON is taken as JSON. --value always is JSON. Without',
    'either the answer is null.',
    'The token is looked up: whoever can open the store may answer. With --token that one must fit.',
    'That of a server is taken from $RUNCHART_TOKEN alone here.',
    'Exit code 1 when the answer was not taken; nothing is recorded then.',
  ],
  options: {
    value: { type: 'string', value: 'JSON', help: 'the answer as JSON' },
    token: {
      type: 'string',
      value: 'T',
      help: 'the token of the question, as interrupts lists it',
    },
  },
  minPositionals: 2,
  maxPositionals: 3,
  run: (context) => {
    const { options, stdout, stderr, positionals } = context;
    const [name = '', interruptId = '', text] = positionals;
    const answers = answersOf(options, text);
    const { token: _, ...others } = options;
    return withStore({ ...context, options: others }, async (runtime) => {
      const { run, info } = await openRun(runtime, name);
      const value = await answer(run, interruptId, textOf(options, 'token'), answers);
      const told =
        options['json'] === true
          ? JSON.stringify({ runId: run.id, interruptId, value })
          : `answered ${oneLine(interruptId)} of ${run.id}: ${oneLine(JSON.stringify(value))}`;
      await stdout.write(`${told}\n`);
      const { definition } = info.snapshot;
      if (info.owner?.alive !== true && options['json'] !== true) {
        await stderr.write(
          `nobody drives the run at the moment: a program with "${oneLine(definition ?? '')}" registered goes on with it\n`,
        );
      }
      return EXIT.ok;
    });
  },
};

/** What the answer may be, in the order of trying: the question itself says what it takes. */
function answersOf(options: OptionValues, text: string | undefined): readonly [Json, ...Json[]] {
  const json = textOf(options, 'value');
  if (json !== undefined && text !== undefined) {
    throw usageError('resolve takes VALUE or --value, not both; see runchart resolve --help');
  }
  if (json !== undefined) return [jsonOf('--value', json)];
  if (text === undefined) return [null];
  try {
    return [text, JSON.parse(text) as Json];
  } catch {
    return [text];
  }
}

/** Answers with the first value that the question takes, and tells which. An answer that is refused changes nothing. */
async function answer(
  run: Run,
  interruptId: string,
  given: string | undefined,
  [first, ...others]: readonly [Json, ...Json[]],
): Promise<Json> {
  const asked = (await run.interrupts.list()).find(({ id }) => id === interruptId);
  const token = given ?? asked?.token ?? '';
  try {
    await run.interrupts.resolve(interruptId, token, first);
    return first;
  } catch (error) {
    if (isRunchartError(error, 'INTERRUPT_DENIED') && given === undefined) {
      throw notOpen(run.id, interruptId);
    }
    const [second] = others;
    if (!isRunchartError(error, 'INPUT_INVALID') || second === undefined) throw error;
    const { type } = Object(asked?.schema) as { readonly type?: unknown };
    // It wants a text, and this text is not it: what is wrong with the text is what matters.
    if (type === 'string') throw error;
    await run.interrupts.resolve(interruptId, token, second);
    return second;
  }
}

/** It was asked for, as it has a token, and it is not among the open ones. */
function notOpen(runId: string, interruptId: string): RunchartError {
  return new RunchartError(
    'INTERRUPT_SETTLED',
    `Interrupt ${interruptId} of run ${runId} takes no answer any more: it was settled before, or the run is over.`,
  );
}
