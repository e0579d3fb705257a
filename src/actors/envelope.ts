import type { Envelope, RunEvent } from '../machines/index.ts';
import { parseStored } from '../stored-json.ts';
import type { StoredEvent } from '../stores/index.ts';

/** An envelope as readers get it: parsed for them alone, so that no reader disturbs another. */
export function envelopeOf(
  { runId, sessionId }: { readonly runId: string; readonly sessionId: string },
  { eventId, seq, emittedAtMs, epoch, late, payload }: StoredEvent,
): Envelope {
  const event = parseStored<RunEvent>(payload, () => `event ${seq} of run ${runId}`);
  return { eventId, runId, sessionId, seq, emittedAtMs, epoch, late, event };
}

/** An envelope as stores keep it, with the text that its event was accepted as. */
export function storedEvent({ event, ...envelope }: Envelope, payload: string): StoredEvent {
  const { seq, eventId, emittedAtMs, epoch, late } = envelope;
  return { seq, eventId, type: event.type, emittedAtMs, epoch, late, payload };
}
