/** A listener of faults that throws itself must not become another fault. */
export function tellFault(error: unknown, onError: (error: unknown) => void): void {
  try {
    onError(error);
  } catch (fault) {
    warnOf(fault);
  }
}

/** Where faults go that nobody listens to. */
export function warnOf(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(text, { type: 'RunchartWarning' });
}
