import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../index.ts';

/** Time that passes only when somebody says so. */
export interface VirtualClock extends Clock {
  /**
   * Lets so many milliseconds pass, and calls the alarms of each instant on the way. After each it waits
   * some turns of the event loop, for the work that the alarm sets off; work that waits for a disk may
   * take longer than that.
   */
  advance(ms: number): Promise<void>;
  /** The instants that somebody waits for, in epoch milliseconds, in the order of asking. */
  readonly alarms: readonly number[];
}

/** Turns of the event loop that work is given to get on by itself after each instant. */
const TURNS = 20;

/** A clock for `createRuntime({ clock })` that stands at `startMs`, in epoch milliseconds, until it is advanced. */
export function virtualClock(startMs = 1_800_000_000_000): VirtualClock {
  const waiting = new Set<{ readonly atMs: number; readonly onTime: () => void }>();
  let nowMs = startMs;
  const settle = async (): Promise<void> => {
    for (let i = 0; i < TURNS; i += 1) await turn();
  };
  const next = (): { readonly atMs: number; readonly onTime: () => void } | undefined =>
    [...waiting].toSorted((a, b) => a.atMs - b.atMs)[0];
  return {
    now: () => nowMs,
    at: (atMs, onTime) => {
      const alarm = { atMs, onTime };
      waiting.add(alarm);
      // What is due already is called all the same, and never before `at` has answered.
      if (atMs <= nowMs) {
        setImmediate(() => {
          if (waiting.delete(alarm)) onTime();
        });
      }
      return () => void waiting.delete(alarm);
    },
    advance: async (ms) => {
      const end = nowMs + ms;
      for (let alarm = next(); alarm !== undefined && alarm.atMs <= end; alarm = next()) {
        nowMs = Math.max(nowMs, alarm.atMs);
        waiting.delete(alarm);
        alarm.onTime();
        await settle();
      }
      nowMs = end;
      await settle();
    },
    get alarms() {
      return [...waiting].map(({ atMs }) => atMs);
    },
  };
}
