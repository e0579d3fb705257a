import type { Explanation, IdleEvents } from '../../index.ts';
import { EXIT } from '../cli-error.ts';
import type { Command } from '../command.ts';
import { findRun } from '../runs.ts';
import { withStore } from '../store.ts';
import type { Sink } from '../terminal/sink.ts';
import { oneLine, padTo } from '../terminal/text.ts';

/** Places of events that are told one by one. */
const MAX_PLACES = 5;

/** `runchart explain RUN`: how a run came to be what it is. */
export const explain: Command = {
  name: 'explain',
  operands: 'RUN',
  summary: 'Explain how a run came to be what it is, and what commands would do now',
  details: [
    'Its path through the chart, the events that were late or changed nothing with the rule that said so,',
    'what it waits for, and what each command would come to. Commands that were refused are in no log.',
  ],
  options: {},
  minPositionals: 1,
  maxPositionals: 1,
  run: (context) =>
    withStore(context, async (runtime) => {
      const { stdout, positionals, options } = context;
      const { snapshot } = await findRun(runtime, positionals[0] ?? '');
      const explanation = await runtime.explain(snapshot.runId);
      const text =
        options['json'] === true
          ? JSON.stringify(explanation, null, 2)
          : linesOf(explanation, stdout).join('\n');
      await stdout.write(`${text}\n`);
      return EXIT.ok;
    }),
};

function linesOf(explanation: Explanation, sink: Sink): string[] {
  const { runId, snapshot, firstSeq, path, late, idle, waitsFor, commands } = explanation;
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0
      ? []
      : ['', sink.style('bold', title), ...lines.map((line) => `  ${oneLine(line)}`)];
  const cut = firstSeq === 1 ? [] : [`the log begins at seq ${firstSeq}, what was before was cut`];
  return [
    `${sink.style('bold', runId)}  ${snapshot.status}`,
    ...section('path', [
      ...cut,
      ...path.map(({ seq, type, from, to }) => `${seq}  ${from ?? '-'} → ${to}  by ${type}`),
    ]),
    ...section(
      'late',
      late.map(({ seq, why }) => `${seq}  ${why}`),
    ),
    ...section('without effect', idle.map(idleLine)),
    ...section('waits for', waitsFor),
    ...section(
      'what commands would do now',
      commands.map(
        ({ command, outcome, code, why }) =>
          `${padTo(command, 30)} ${padTo(code ?? outcome, 20)} ${why}`,
      ),
    ),
  ];
}

function idleLine({ type, status, count, seqs, why }: IdleEvents): string {
  const places = seqs
    .slice(0, MAX_PLACES)
    .map(([from, to]) => (from === to ? String(from) : `${from}-${to}`));
  const more = seqs.length > MAX_PLACES ? ', …' : '';
  return `${count} × ${type} while ${status} (seq ${places.join(', ')}${more}): ${why}`;
}
