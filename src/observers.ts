import type { Clock, RuntimeSignal, Tap } from './actors/index.ts';
import { DEFAULT_SLOW_APPEND_MS } from './defaults.ts';
import { logTo } from './log-lines.ts';
import type { Observer } from './observer.ts';
import type { RuntimeOptions } from './runtime.ts';
import { guarded, type Telemetry } from './telemetry.ts';
import { tellFault } from './tell-fault.ts';

/** Everybody who listens to a runtime, and where faults go. */
export interface Observation {
  readonly tap: Tap;
  readonly telemetry: Telemetry | undefined;
  /** Tells a fault to those who listen, and to the caller's `onError`. Never throws. */
  readonly report: (error: unknown) => void;
}

export function observation(
  { observe, logger, telemetry, slowAppendMs = DEFAULT_SLOW_APPEND_MS }: RuntimeOptions,
  clock: Clock,
  onError: (error: unknown) => void,
): Observation {
  // What those who listen throw is not told to them again.
  const tell = (error: unknown): void => tellFault(error, onError);
  const log = logger && logTo(logger, { slowAppendMs });
  const tap = tapOf([observe, log, telemetry?.observe], () => clock.now(), tell);
  return {
    tap,
    telemetry: telemetry && guarded(telemetry, tell),
    report: (error) => {
      tap?.({ type: 'fault', error });
      tell(error);
    },
  };
}

/**
 * Gives each signal its time and tells it to all who listen. What one of them throws goes to `onError`, and
 * keeps it from none of the others. undefined when nobody listens: then nothing is made.
 */
function tapOf(
  observers: readonly (Observer | undefined)[],
  now: () => number,
  onError: (error: unknown) => void,
): Tap {
  const listening = observers.filter((observer) => observer !== undefined);
  if (listening.length === 0) return undefined;
  return (told) => {
    const signal = { atMs: now(), ...told } as RuntimeSignal;
    for (const observe of listening) {
      try {
        observe(signal);
      } catch (error) {
        onError(error);
      }
    }
  };
}
