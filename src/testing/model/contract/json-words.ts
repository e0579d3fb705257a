import type { Check, RunFailure } from '../../../machines/index.ts';

/** Whole epoch milliseconds. */
export function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

export function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

export function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An error as the log keeps it, also where the event says something odd. */
export function failureOf(error: unknown): RunFailure {
  if (isTree(error) && textOrNull(error['name']) !== null && textOrNull(error['message']) !== null)
    return error as unknown as RunFailure;
  return { name: 'Error', message: textOrNull(error) ?? 'unknown' };
}

/** The checks of a report that are checks. */
export function checksOf(value: unknown): readonly Check[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  return list.filter(isCheck);
}

function isCheck(value: unknown): value is Check {
  return (
    isTree(value) &&
    typeof value['name'] === 'string' &&
    typeof value['required'] === 'boolean' &&
    ['passed', 'failed', 'needs_review', 'skipped'].some((word) => word === value['status'])
  );
}
