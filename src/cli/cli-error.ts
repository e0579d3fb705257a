import { oneLine } from './terminal/text.ts';

/** The exit codes of every command. */
export const EXIT = { ok: 0, failed: 1, usage: 2, cancelled: 130 } as const;

export type CliErrorCode =
  | 'USAGE'
  | 'STORE_NOT_FOUND'
  | 'RUN_AMBIGUOUS'
  | 'PORT_TAKEN'
  | 'PACKAGE_MISSING'
  | 'NODE_UNSUPPORTED';

/** What the command line itself has to say; the runtime has its own errors. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export function usageError(message: string): CliError {
  return new CliError('USAGE', message);
}

/** Any error, also one that a log kept, as the one line that people see. */
export function errorLine(error: unknown): string {
  const { code, message } = Object(error) as {
    readonly code?: unknown;
    readonly message?: unknown;
  };
  const name = typeof code === 'string' ? code : 'UNEXPECTED';
  const text = oneLine(String(message ?? error));
  // Errors of the system begin with their code already.
  return text.startsWith(`${name}: `) ? `runchart: ${text}` : `runchart: ${name}: ${text}`;
}

export function exitCodeOf(error: unknown): number {
  return error instanceof CliError && error.code === 'USAGE' ? EXIT.usage : EXIT.failed;
}
