import type { Command } from '../command.ts';
import { isScreen } from '../is-screen.ts';
import { secondsOf, sessionOf, statusOf, textOf } from '../option-values.ts';
import { withSignals } from '../signals.ts';
import { commandLine, withStore } from '../store.ts';
import { driveWatch } from '../watch/drive-watch.ts';

const DEFAULT_INTERVAL_MS = 2_000;

/** `runchart watch`: the runs as they change. */
export const watch: Command = {
  name: 'watch',
  operands: '',
  summary:
    'Watch runs live: those that need somebody first, then the active ones, then the last that ended',
  details: [
    'Keys: arrows, or j and k, select a run; Enter looks at it and Esc comes back; c asks whether to',
    'cancel it; q quits. Into a pipe, or with TERM=dumb: one line per change; with --json each is one of',
    '{ kind: "changed", run }, { kind: "gone", runId } and { kind: "missed" }. Ctrl-C ends it, and leaves the runs alone.',
  ],
  options: {
    status: { type: 'string', value: 'S', help: 'only runs of this status' },
    session: { type: 'string', value: 'S', help: 'only runs of this session' },
    definition: { type: 'string', value: 'D', help: 'only runs of this definition' },
    interval: {
      type: 'string',
      value: 'S',
      help: 'seconds between looks at which owners are alive, default 2',
    },
  },
  minPositionals: 0,
  maxPositionals: 0,
  run: (context) => {
    const { options, stdout, keys } = context;
    const status = statusOf(options);
    const sessionId = sessionOf(options);
    const definition = textOf(options, 'definition');
    const intervalMs = secondsOf(options, 'interval') ?? DEFAULT_INTERVAL_MS;
    return withStore(context, (runtime) =>
      withSignals((interrupted) =>
        driveWatch({
          runtime,
          filter: {
            ...(status !== undefined && { status }),
            ...(sessionId !== undefined && { sessionId }),
            ...(definition !== undefined && { definition }),
          },
          intervalMs,
          stdout,
          keys,
          interrupted,
          isJson: options['json'] === true,
          isScreen: isScreen(context),
          now: Date.now,
          commandLine: (...words) => commandLine(context, ...words),
        }),
      ),
    );
  },
};
