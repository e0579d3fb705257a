import type { RunSnapshot } from './run-snapshot.ts';
import { isTerminal } from './run-status.ts';

/** What a run waits for by its snapshot, one sentence each: any one of these makes it go on. Times are epoch milliseconds. */
export function waitsFor({
  status,
  attempt,
  waiting,
  deadlineAtMs,
}: RunSnapshot): readonly string[] {
  if (isTerminal(status)) return ['nothing: the run is over'];
  const { interrupts, parked, wakeAtMs } = waiting ?? IDLE;
  const answers = interrupts.map((id) => `an answer to interrupt ${id}`);
  if (parked === null) {
    const driver = attempt === 0 ? 'its first attempt, or events by hand' : 'whoever drives it';
    return [...answers, driver];
  }
  if (parked === 'released' || wakeAtMs === 0)
    return [...answers, 'somebody to go on with it, at once'];
  const deadline = wakeAtMs !== null && wakeAtMs === deadlineAtMs ? ', its deadline' : '';
  return [
    ...answers,
    'a signal',
    ...(wakeAtMs === null ? [] : [`the instant ${new Date(wakeAtMs).toISOString()}${deadline}`]),
  ];
}

const IDLE = { interrupts: [], parked: null, wakeAtMs: null } as const;
