import type { Clock } from '../../index.ts';

/** A clock whose pauses are virtual too. */
export type VirtualClock = Required<Clock>;

/** Time that passes only when it is told to. */
export interface VirtualTime {
  readonly nowMs: number;
  /** A clock of somebody who may die: from then on nothing of it is called any more. */
  clockOf(isAlive: () => boolean): VirtualClock;
  /** When the next alarm is due; undefined when there is none. */
  nextMs(): number | undefined;
  /** Lets time pass up to the next alarm, and calls it. */
  fireNext(): void;
  /** Lets time pass up to then; alarms that are due by then MUST have been called. */
  passTo(atMs: number): void;
}

interface Alarm {
  readonly atMs: number;
  readonly onTime: () => void;
  readonly isAlive: () => boolean;
}

/** Alarms of one instant are called in the order in which they were set. */
export function virtualTime(startMs: number): VirtualTime {
  let nowMs = startMs;
  /** In the order of calling. */
  let alarms: Alarm[] = [];
  const set = (alarm: Alarm): (() => void) => {
    const before = alarms.findLastIndex(({ atMs }) => atMs <= alarm.atMs);
    alarms.splice(before + 1, 0, alarm);
    return () => {
      alarms = alarms.filter((other) => other !== alarm);
    };
  };
  const living = (): readonly Alarm[] => (alarms = alarms.filter(({ isAlive }) => isAlive()));
  return {
    get nowMs() {
      return nowMs;
    },
    clockOf: (isAlive) => ({
      now: () => nowMs,
      at: (atMs, onTime) => set({ atMs, onTime, isAlive }),
      after: (ms, onTime) => set({ atMs: nowMs + ms, onTime, isAlive }),
    }),
    nextMs: () => living()[0]?.atMs,
    fireNext: () => {
      const [alarm] = living();
      if (alarm === undefined) return;
      alarms = alarms.slice(1);
      nowMs = Math.max(nowMs, alarm.atMs);
      alarm.onTime();
    },
    passTo: (atMs) => {
      nowMs = Math.max(nowMs, atMs);
    },
  };
}
