import { usageError } from '../cli-error.ts';
import type { Command } from '../command.ts';
import { driveExec } from '../exec/drive-exec.ts';
import { secondsOf, sessionOf, textOf, wholeOf } from '../option-values.ts';
import { serverOf } from '../server-address.ts';
import { quoteCommand } from '../terminal/text.ts';

/** `runchart exec -- COMMAND...`: runs a command as a run. */
export const exec: Command = {
  name: 'exec',
  operands: '-- COMMAND...',
  summary: 'Run a command as a run: live progress, its output kept, Ctrl-C cancels for good',
  details: [
    'The exit code of the command decides, and then that of --verify, if there is one.',
    'With --server it runs here and is recorded there: at once, whatever else its session does, line by',
    'line; if this process dies, the run stays active until it is cancelled.',
    'With --json each event of the run is one line, and the lines of the command are in the outputs.',
  ],
  options: {
    verify: {
      type: 'string',
      value: 'CMD',
      help: 'the run completes only if `sh -c CMD` exits with 0',
    },
    session: { type: 'string', value: 'S', help: 'the session of the run' },
    timeout: { type: 'string', value: 'S', help: 'seconds for the command, and for the check' },
    prompt: { type: 'string', value: 'TEXT', help: 'what the run is for; default the command' },
    priority: { type: 'string', value: 'N', help: 'higher goes first; default 0' },
  },
  minPositionals: 0,
  maxPositionals: 0,
  takesRest: true,
  run: async (context) => {
    const { options, rest: command = [] } = context;
    const verify = textOf(options, 'verify') ?? null;
    const sessionId = sessionOf(options);
    if (serverOf(context) !== undefined && textOf(options, 'priority') !== undefined) {
      throw usageError('--priority is for runs that wait for their turn; with --server none does');
    }
    if (verify?.trim() === '') throw usageError('--verify is empty');
    return driveExec(context, {
      input: { command, verify, timeoutMs: secondsOf(options, 'timeout') ?? null },
      prompt: textOf(options, 'prompt') ?? quoteCommand(command),
      priority: wholeOf(options, 'priority', Number.MIN_SAFE_INTEGER) ?? 0,
      ...(sessionId !== undefined && { sessionId }),
    });
  },
};
