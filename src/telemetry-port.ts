import type { Supervisor } from './actors/index.ts';
import { traceOf } from './machines/index.ts';
import { parseStored } from './stored-json.ts';
import type { TelemetryPort } from './telemetry.ts';

export function telemetryPort(
  supervisor: Supervisor,
  onError: (error: unknown) => void,
): TelemetryPort {
  return {
    onError,
    stats: () => supervisor.stats(),
    traceOf: async (runId) => {
      try {
        const page = await supervisor.stores.events.read(runId, { afterSeq: 0, limit: 1 });
        const [created] = page.events;
        // Retention may have cut the head off.
        if (created?.type !== 'run.created') return null;
        return traceOf(parseStored(created.payload, () => `event 1 of run ${runId}`));
      } catch {
        return null;
      }
    },
  };
}
