/** The state of a machine: `a`, `a.b`, or `a.b + a.c` for states side by side. */
export function stateText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || typeof value !== 'object') return 'nothing';
  return Object.entries(value)
    .flatMap(([name, inner]) => {
      const within = stateText(inner);
      return within === 'nothing' ? [name] : within.split(' + ').map((one) => `${name}.${one}`);
    })
    .join(' + ');
}

/** The type of an event of a machine; empty where it has none. */
export function typeOf(event: unknown): string {
  if (typeof event === 'string') return event;
  const type =
    event !== null && typeof event === 'object' ? (event as { type?: unknown }).type : undefined;
  return typeof type === 'string' ? type : '';
}
