import type { InterruptInfo, RunInfo, Runtime } from '../../index.ts';
import { ACTIVE_STATUSES } from '../../machines/index.ts';
import { answerCommands } from '../answer-commands.ts';
import { EXIT } from '../cli-error.ts';
import type { Command, CommandContext } from '../command.ts';
import { allRuns, findRun } from '../runs.ts';
import { schemaText } from '../schema-text.ts';
import { commandLine, withStore } from '../store.ts';
import { oneLine, padTo } from '../terminal/text.ts';
import { dateTime, fromNow } from '../terminal/time.ts';

const LABEL_COLUMNS = 13;

/** `runchart interrupts [RUN]`: what runs ask people. */
export const interrupts: Command = {
  name: 'interrupts',
  operands: '[RUN]',
  summary: 'List the open questions of all runs, or of one, and how to answer them',
  details: [
    'With --json each line is one: id, runId, name, question, schema (JSON Schema; null takes anything),',
    'askedAtMs, expiresAtMs (or null) and token. Whoever has the token may answer this one question.',
  ],
  options: {},
  minPositionals: 0,
  maxPositionals: 1,
  run: (context) =>
    withStore(context, async (runtime) => {
      const { options, stdout, positionals } = context;
      let count = 0;
      for await (const [info, asked] of openInterrupts(runtime, positionals[0])) {
        if (options['json'] === true) await stdout.write(`${JSON.stringify(asked)}\n`);
        else {
          const lines = interruptLines(context, info, asked);
          await stdout.write(`${count === 0 ? '' : '\n'}${lines.join('\n')}\n`);
        }
        count += 1;
      }
      if (count === 0 && options['json'] !== true)
        await context.stderr.write('no open questions\n');
      return EXIT.ok;
    }),
};

async function* openInterrupts(
  runtime: Runtime,
  name: string | undefined,
): AsyncGenerator<readonly [RunInfo, InterruptInfo], void, void> {
  const infos =
    name === undefined
      ? allRuns(runtime, { status: ACTIVE_STATUSES })
      : [await findRun(runtime, name)];
  for await (const info of infos) {
    const { runId, waiting } = info.snapshot;
    if ((waiting?.interrupts.length ?? 0) === 0) continue;
    const run = await runtime.get(runId);
    for (const asked of await run.interrupts.list()) yield [info, asked];
  }
}

function interruptLines(
  context: CommandContext,
  { snapshot }: RunInfo,
  asked: InterruptInfo,
): string[] {
  const { stdout } = context;
  const { runId, definition } = snapshot;
  const { id, question, schema, askedAtMs, expiresAtMs, token } = asked;
  // To be read and copied, so nothing is cut.
  const row = (label: string, text: string): string =>
    `  ${stdout.style('dim', padTo(label, LABEL_COLUMNS))}${oneLine(text)}`;
  const at = (ms: number): string => `${dateTime(ms)}, ${fromNow(ms)}`;
  return [
    stdout.style('bold', oneLine(question)),
    row('run', definition === null ? runId : `${runId}, ${definition}`),
    row('interrupt', id),
    row('asked', at(askedAtMs)),
    row('expires', expiresAtMs === null ? 'never' : at(expiresAtMs)),
    row('answer', schemaText(schema)),
    row('token', token),
    ...answerCommands(asked, (...words) => commandLine(context, ...words)).map(
      (line) => `  ${stdout.style('dim', 'to answer it:')} ${line}`,
    ),
  ];
}
