import {
  defineRun,
  type RunDefinition,
  type StartOptions,
  type VerifyContext,
  type WorkContext,
} from '../../index.ts';
import { ExecError, exitError } from '../process/exec-error.ts';
import { type ProcessEnd, runProcess } from '../process/run-process.ts';
import type { StartOptions as ProcessPlace } from '../process/start-process.ts';
import { quoteCommand } from '../terminal/text.ts';
import { createLineKeeper } from './line-keeper.ts';

/** Lines of a check's output that are kept with it as evidence. */
const EVIDENCE_LINES = 10;
/** The same in characters per line: an evidence is a hint, the output is kept as a whole. */
const EVIDENCE_LENGTH = 500;

/** Lines that are still kept after a run is over: the last words of a process, and not a flood of it. */
const MAX_LATE_LINES = 1_000;

/** What its runs are listed by. */
export const EXEC_DEFINITION = 'exec';

// A type and not an interface: only a type counts as JSON.
export type ExecInput = {
  readonly command: readonly string[];
  /** A command line for `sh -c` whose exit code is the check; null for none. */
  readonly verify: string | null;
  /** For the command, and anew for the check; null for no limit. */
  readonly timeoutMs: number | null;
};

export type ExecStart = StartOptions<ExecInput> & { readonly input: ExecInput };

export interface ExecHooks {
  /** Told of each line once it is durable. */
  readonly onLine: (text: string, to: 'stdout' | 'stderr') => void | Promise<void>;
  /** Told what is being done now. */
  readonly onStatus: (status: string) => void;
  /** Ends the process at once. */
  readonly force: AbortSignal;
  /** Where the processes are started, and with what around them. */
  readonly place: Pick<ProcessPlace, 'cwd' | 'env'>;
}

type Final = {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly lines: number;
};
/** What the work needs of a run. */
export type ExecContext = Pick<WorkContext<ExecInput>, 'emit' | 'outputs' | 'signal' | 'input'>;
type VerifyExec = ExecContext &
  Pick<VerifyContext<ExecInput, undefined, Final>, 'check' | 'result'>;

/** The phases of a command, whoever drives them. */
export interface ExecWork {
  readonly execute: (context: ExecContext) => Promise<Final>;
  /** undefined: there is no check. */
  readonly verify: ((context: VerifyExec) => Promise<void>) | undefined;
}

/**
 * A command as a run: its lines become partial outputs by `stdout` and `stderr`, its exit code decides,
 * and `verify`, if there is one, is the check. Ends with one final output.
 */
export function execRun(
  input: Pick<ExecInput, 'verify'>,
  hooks: ExecHooks,
): RunDefinition<ExecInput, undefined, Final> {
  const { execute, verify } = execWork(input, hooks);
  return defineRun<ExecInput, undefined, Final>({
    name: EXEC_DEFINITION,
    version: '1',
    execute,
    ...(verify !== undefined && { verify }),
  });
}

export function execWork({ verify }: Pick<ExecInput, 'verify'>, hooks: ExecHooks): ExecWork {
  const execute = async (context: ExecContext): Promise<Final> => {
    hooks.onStatus('executing');
    const { end, lines } = await perform(context, hooks, context.input.command);
    const { exitCode, signal } = end;
    const final = { exitCode, signal, lines };
    const error = errorOf(quoteCommand(context.input.command), end, context.input);
    if (error !== undefined || verify === null) await context.outputs.final(final, { ok: !error });
    if (error !== undefined) throw error;
    return final;
  };
  return {
    execute,
    verify: verify === null ? undefined : (context) => verifyBy(verify, context, hooks),
  };
}

async function verifyBy(
  line: string,
  { check, result, ...context }: VerifyExec,
  hooks: ExecHooks,
): Promise<void> {
  hooks.onStatus('verifying');
  const last: string[] = [];
  const { end } = await perform(context, hooks, ['sh', '-c', line], (text) => {
    last.push(text.slice(0, EVIDENCE_LENGTH));
    if (last.length > EVIDENCE_LINES) last.shift();
  });
  const { exitCode, signal } = end;
  const ok = end.by === 'itself' && exitCode === 0;
  await context.outputs.final(result, { ok });
  if (end.by === 'timeout') throw timeoutError(line, context.input);
  check(line, ok, { evidence: { exitCode, signal, lines: last } });
}

/** Runs one process of the run. Without `onVerifyLine` its lines go by their stream, with it by `verify`. */
async function perform(
  { emit, outputs, signal, input }: ExecContext,
  { onLine, force, place }: ExecHooks,
  command: readonly string[],
  onVerifyLine?: (line: string) => void,
): Promise<{ readonly end: ProcessEnd; readonly lines: number }> {
  signal.throwIfAborted();
  const keeper = createLineKeeper(outputs, (text, producer) =>
    // What a check says is no output of the command: it goes where messages go.
    onLine(text, producer === 'stdout' ? 'stdout' : 'stderr'),
  );
  let late = 0;
  const end = await runProcess({
    ...place,
    command,
    signal,
    force,
    timeoutMs: input.timeoutMs ?? undefined,
    onStart: (pid) => emit({ type: 'custom.process.started', pid, command }),
    onLine: (text, source) => {
      if (signal.aborted) late += 1;
      if (late > MAX_LATE_LINES) return undefined;
      onVerifyLine?.(text);
      return keeper.keep(text, onVerifyLine === undefined ? source : 'verify');
    },
  });
  const lines = await keeper.settled();
  signal.throwIfAborted();
  return { end, lines };
}

function errorOf(what: string, end: ProcessEnd, input: ExecInput): ExecError | undefined {
  if (end.by === 'timeout') return timeoutError(what, input);
  return end.exitCode === 0 ? undefined : exitError(what, end);
}

function timeoutError(what: string, { timeoutMs }: ExecInput): ExecError {
  return new ExecError(
    'EXEC_TIMEOUT',
    `${what} took longer than ${Number(timeoutMs) / 1000} s and was ended`,
  );
}
