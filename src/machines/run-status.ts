/** The statuses a run moves through while work may still be done on it. */
export const ACTIVE_STATUSES = ['created', 'planning', 'executing', 'verifying'] as const;

/** The statuses that end a run. The first one reached stays for ever. */
export const TERMINAL_STATUSES = ['completed', 'failed', 'cancelled'] as const;

export type ActiveStatus = (typeof ACTIVE_STATUSES)[number];
export type TerminalStatus = (typeof TERMINAL_STATUSES)[number];
/** One of the seven statuses of a run. */
export type RunStatus = ActiveStatus | TerminalStatus;

/** All seven statuses, in the order in which a run meets them. */
export const RUN_STATUSES: readonly RunStatus[] = [...ACTIVE_STATUSES, ...TERMINAL_STATUSES];

const TERMINAL: ReadonlySet<string> = new Set(TERMINAL_STATUSES);

/** True when no event can change this status any more. */
export function isTerminal(status: RunStatus): status is TerminalStatus {
  return TERMINAL.has(status);
}

const KNOWN: ReadonlySet<string> = new Set(RUN_STATUSES);

export function isRunStatus(value: unknown): value is RunStatus {
  return typeof value === 'string' && KNOWN.has(value);
}
