import type { Envelope } from '../../index.ts';
import { EXIT } from '../cli-error.ts';
import type { Command } from '../command.ts';
import { wholeOf } from '../option-values.ts';
import { isLeftBehind, isParked, standingOf } from '../run-standing.ts';
import { openRun } from '../runs.ts';
import { withSignals } from '../signals.ts';
import { withStore } from '../store.ts';
import type { Sink } from '../terminal/sink.ts';
import { cutTo, oneLine, padTo, widthOf } from '../terminal/text.ts';
import { timeOfDay } from '../terminal/time.ts';

/** The longest payload that is shown where no terminal says how wide it is. */
const MAX_PAYLOAD = 200;
/** Fits the usual types, so that the payloads stand below each other. */
const TYPE_COLUMNS = 22;

/** `runchart events RUN`: the log, one line per event. */
export const events: Command = {
  name: 'events',
  operands: 'RUN',
  summary: 'Print the log of a run, one line per event',
  details: [
    'With --json each line is one envelope. Ctrl-C ends --follow and leaves the run alone.',
  ],
  options: {
    after: { type: 'string', value: 'N', help: 'only what comes after seq N' },
    follow: { type: 'boolean', help: 'go on until the run is over' },
    limit: { type: 'string', value: 'N', help: 'at most N events' },
  },
  minPositionals: 1,
  maxPositionals: 1,
  run: (context) => {
    const { options, stdout, positionals } = context;
    const afterSeq = wholeOf(options, 'after', 0) ?? 0;
    const limit = wholeOf(options, 'limit', 1) ?? Infinity;
    return withStore(context, async (runtime) => {
      const { run, info } = await openRun(runtime, positionals[0] ?? '');
      if (options['follow'] === true && isLeftBehind(info)) {
        await context.stderr.write(
          'nobody works on this run: what comes next comes from a cancel, if at all\n',
        );
      }
      if (options['follow'] === true && isParked(info)) {
        await context.stderr.write(`nobody works on this run: it is ${standingOf(info)}\n`);
      }
      return withSignals(async (interrupted) => {
        const live = options['follow'] === true;
        const signal = AbortSignal.any([interrupted, stdout.closed]);
        let count = 0;
        for await (const envelope of run.events({ afterSeq, live, signal })) {
          const text =
            options['json'] === true ? JSON.stringify(envelope) : eventLine(envelope, stdout);
          await stdout.write(`${text}\n`);
          count += 1;
          if (count >= limit) break;
        }
        return interrupted.aborted ? EXIT.cancelled : EXIT.ok;
      });
    });
  },
};

function eventLine({ seq, emittedAtMs, late, event }: Envelope, sink: Sink): string {
  const { type, ...payload } = event;
  const head = `${String(seq).padStart(5)}  ${timeOfDay(emittedAtMs)}  `;
  const mark = late ? 'late ' : '';
  const name = padTo(oneLine(type), TYPE_COLUMNS);
  const columns = sink.columns();
  const room = columns === undefined ? MAX_PAYLOAD : columns - widthOf(head + mark + name) - 1;
  const json = Object.keys(payload).length === 0 ? '' : oneLine(JSON.stringify(payload));
  return `${sink.style('dim', head)}${sink.style('yellow', mark)}${name} ${sink.style('dim', cutTo(json, room))}`.trimEnd();
}
