import { RunchartError } from '../errors.ts';

/**
 * A call that belongs to the code of `execute` or `verify`, between steps. An attempt that remembers the
 * step, or the plan, does not run the code in it: there the call would be missing.
 */
export function misplaced(call: string, place: string, runId: string): RunchartError {
  return new RunchartError(
    'CALL_MISPLACED',
    `Run ${runId}: ${call} inside ${place}, whose code does not run again. Call it between steps.`,
  );
}
