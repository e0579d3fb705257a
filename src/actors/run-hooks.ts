import type { RunSnapshot } from '../machines/index.ts';
import type { SupervisorOptions } from './supervisor-options.ts';

/** Tells the hooks of a run that is over; nothing that they throw goes further than `onError`. */
export function runHooks(
  snapshot: RunSnapshot,
  { hooks, onError }: Pick<SupervisorOptions, 'hooks' | 'onError'>,
): void {
  const run = async (hook: ((snapshot: RunSnapshot) => unknown) | undefined): Promise<void> => {
    try {
      // A copy for each: what a hook does to it changes no run.
      await hook?.(structuredClone(snapshot));
    } catch (error) {
      onError(error);
    }
  };
  if (snapshot.status === 'cancelled') void run(hooks.onCancelled);
  void run(hooks.onTerminal);
}
