/** A listener of faults that throws itself must not become another fault. */
export function tellOf(error: unknown, onError: (error: unknown) => void): void {
  try {
    onError(error);
  } catch (fault) {
    warn(fault);
  }
}

/** What hears of faults when nobody else does: a warning of the process. */
export function warn(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(text, { type: 'RunchartWarning' });
}
