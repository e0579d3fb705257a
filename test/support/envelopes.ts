import {
  type Envelope,
  foldLog,
  type RunEvent,
  type RunSnapshot,
} from '../../src/machines/index.ts';

/** An envelope of run `run_1`; `event` stands at `seq` and happened `seq` milliseconds after 1000. */
export function envelope(seq: number, event: RunEvent, over: Partial<Envelope> = {}): Envelope {
  return {
    eventId: `evt_${seq}`,
    runId: 'run_1',
    sessionId: 'ses_1',
    seq,
    emittedAtMs: 1000 + seq,
    epoch: 1,
    late: false,
    event,
    ...over,
  };
}

/** The first event of every log. */
export const CREATED: RunEvent = {
  type: 'run.created',
  prompt: '',
  definition: null,
  requireVerification: false,
};

/** A log that begins with `run.created` and goes on with these events. */
export function logOf(events: readonly RunEvent[], created: RunEvent = CREATED): Envelope[] {
  return [created, ...events].map((event, index) => envelope(index + 1, event));
}

/** Folds `run.created` and these events. */
export function fold(events: readonly RunEvent[], created?: RunEvent): RunSnapshot {
  const snapshot = foldLog(logOf(events, created));
  if (snapshot === undefined) throw new Error('a log with run.created folds to nothing');
  return snapshot;
}
