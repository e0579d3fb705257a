import { RunchartError } from '../errors.ts';

/** Checks whole numbers of options. Throws INPUT_INVALID. */
export function checkAtLeast(least: number, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (Number.isInteger(value) && Number(value) >= least) continue;
    throw new RunchartError(
      'INPUT_INVALID',
      `${name} must be a whole number from ${least} on, got ${String(value)}.`,
    );
  }
}
