import type { RunRecord } from '../stores/index.ts';
import type { Clock } from './clock.ts';

export interface TakingPort {
  readonly clock: Clock;
  /** How many more runs there is a use for here. Infinity: all that are found are asked for. */
  readonly room: () => number;
  /** True: what is asked for goes into a queue that others serve as well, who are told of what is due by it. */
  readonly isQueue: boolean;
  /** True: it cannot begin now, as it is the turn of another run of its session. */
  readonly isHeld: (record: RunRecord) => boolean;
}

/** Which of the runs that one look finds are asked for. */
export interface Taking {
  readonly wants: (record: RunRecord) => boolean;
  readonly isFull: () => boolean;
  /** How many due runs are looked at together. */
  readonly pageRuns: number;
  /** The runs of such a page, in the order in which they are asked for. */
  readonly ordered: (runs: readonly RunRecord[]) => readonly RunRecord[];
}

/** Runs that one look asks for where it asks by a queue. */
const QUEUE_RUNS = 500;
/** Due runs that are looked at together, at most and at least, and for each that there is room for. */
export const PAGE_RUNS = 500;
const LEAST_PAGE = 20;
const CHOICES = 4;

/** `asked` answers how many were asked for so far. */
export function takingOf(
  { clock, room, isQueue, isHeld }: TakingPort,
  asked: () => number,
): Taking {
  const most = isQueue ? QUEUE_RUNS : room();
  const isFull = (): boolean => asked() >= most;
  if (most === Infinity) {
    const wants = (record: RunRecord): boolean => !isHeld(record);
    return { wants, isFull, pageRuns: PAGE_RUNS, ordered: (runs) => runs };
  }
  const sessions = new Set<string>();
  const wants = (record: RunRecord): boolean => {
    // Of a session one at a time can begin.
    if (isFull() || isHeld(record) || sessions.has(record.sessionId)) return false;
    sessions.add(record.sessionId);
    return true;
  };
  return {
    wants,
    isFull,
    pageRuns: Math.min(PAGE_RUNS, Math.max(LEAST_PAGE, most * CHOICES)),
    // Those who look at the same time would all try the same runs first, and all but one of them in vain.
    ordered: isLeftToChance(clock) ? shuffled : (runs) => runs,
  };
}

/** A clock that measures pauses itself is that of a world in which nothing is. */
export function isLeftToChance(clock: Clock): boolean {
  return clock.after === undefined;
}

/** Sessions in any order, the runs of each in theirs: of a session the oldest may begin. */
function shuffled(runs: readonly RunRecord[]): readonly RunRecord[] {
  const places = new Map(runs.map(({ sessionId }) => [sessionId, Math.random()]));
  const placeOf = ({ sessionId }: RunRecord): number => places.get(sessionId) ?? 0;
  return runs.toSorted((a, b) => placeOf(a) - placeOf(b));
}
