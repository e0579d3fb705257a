import { RunchartError } from '../../errors.ts';

/** What of a machine cannot be kept over a restart: where it is, and what it is. */
export function unsupported(where: string, what: string, cause?: unknown): RunchartError {
  return new RunchartError(
    'DEFINITION_UNSUPPORTED',
    `Machine ${where}: ${what}.`,
    cause === undefined ? {} : { cause },
  );
}
