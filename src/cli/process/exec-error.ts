import type { ProcessExit } from './start-process.ts';

export type ExecErrorCode =
  | 'EXEC_NOT_FOUND'
  | 'EXEC_NOT_STARTED'
  | 'EXEC_FAILED'
  | 'EXEC_KILLED'
  | 'EXEC_TIMEOUT';

/** Why a command did not go well; its `code` is what the log of the run keeps. */
export class ExecError extends Error {
  override readonly name = 'ExecError';
  readonly code: ExecErrorCode;

  constructor(code: ExecErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The end of a process, for people: `exit code 3` or `SIGKILL`. */
function describeExit({ exitCode, signal }: ProcessExit): string {
  return signal ?? `exit code ${exitCode}`;
}

/** What a process that did not end with exit code 0 failed with. */
export function exitError(what: string, exit: ProcessExit): ExecError {
  return exit.signal === null
    ? new ExecError('EXEC_FAILED', `${what} ended with ${describeExit(exit)}`)
    : new ExecError('EXEC_KILLED', `${what} was ended by ${describeExit(exit)}`);
}
