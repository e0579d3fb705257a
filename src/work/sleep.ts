import { until } from '../actors/index.ts';
import { checkNumber } from '../check-input.ts';
import type { Desk } from './desk.ts';
import { remembered } from './steps.ts';

/**
 * Waits until an instant, in epoch milliseconds. The instant is kept in the log: an attempt that comes
 * later waits for what is left of it, whatever it asks for now. A run that only sleeps is let go of
 * and holds no memory.
 */
export type SleepUntil = (instantMs: number) => Promise<void>;

const NAME = 'sleep';

export function createSleep(desk: Desk): SleepUntil {
  const { presence, clock, journal, record, signal } = desk;
  return async (instantMs) => {
    checkNumber('The instant to sleep until', instantMs);
    await remembered(desk, 'step', NAME, async ({ id: stepId, within, untilMs }) => {
      const about = { stepId, name: NAME, ...(within !== undefined && { within }) };
      const wakeAtMs = untilMs ?? Math.ceil(instantMs);
      if (untilMs === undefined) {
        await presence.working(() => record({ type: 'step.started', ...about, untilMs: wakeAtMs }));
      }
      await presence.waiting(wakeAtMs, () => until(clock, wakeAtMs, signal));
      const done = { type: 'step.completed', ...about, result: null };
      const seq = await presence.working(() => record(done));
      await journal.settle(stepId, { ok: true, value: null }, seq);
      return null;
    });
  };
}
