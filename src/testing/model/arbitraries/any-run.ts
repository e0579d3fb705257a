import fc from 'fast-check';
import type { Envelope, RunEvent } from '../../../index.ts';
import { endsRun } from '../contract/status-table.ts';
import { validLog } from './any-log.ts';

/** A run as a store would have it: its ids, and its whole log. */
export interface DrawnRun {
  readonly runId: string;
  readonly sessionId: string;
  readonly log: readonly Envelope[];
}

export interface DrawnSession {
  readonly sessionId: string;
  /** In order of creation. */
  readonly runs: readonly DrawnRun[];
}

const created = fc
  .record({
    prompt: fc.constantFrom('', 'p', 'ü"'),
    definition: fc.option(fc.constantFrom('one', 'two'), { nil: null }),
    requireVerification: fc.boolean(),
  })
  .map((rest): RunEvent => ({ ...rest, type: 'run.created' }));

/** What a run is made of: all that shrinks. Ids, `seq`, times, epochs and `late` follow from it. */
const draft = fc.record({
  created,
  events: validLog,
  /** Milliseconds between two events, taken in turn. */
  pauses: fc.array(fc.nat({ max: 5_000 }), { minLength: 1, maxLength: 5 }),
});

/** A run from `run.created` on: `seq` without a gap, times and epochs that never go back, late what is late. */
export const anyRun: fc.Arbitrary<DrawnRun> = draft.map((parts) =>
  drawnRun(parts, 'run_1', 'ses_1'),
);

/** Runs of one session, one after the other. */
export const anySession: fc.Arbitrary<DrawnSession> = fc
  .tuple(fc.constantFrom('ses_1', 'ses_2'), fc.array(draft, { minLength: 1, maxLength: 4 }))
  .map(([sessionId, drafts]) => ({
    sessionId,
    runs: drafts.map((parts, i) => drawnRun(parts, `${sessionId}.run_${i + 1}`, sessionId)),
  }));

interface Draft {
  readonly created: RunEvent;
  readonly events: readonly RunEvent[];
  readonly pauses: readonly number[];
}

function drawnRun({ created, events, pauses }: Draft, runId: string, sessionId: string): DrawnRun {
  let emittedAtMs = 1_800_000_000_000;
  let epoch = 1;
  let late = false;
  const log = [created, ...events].map((event, i): Envelope => {
    const ends = !late && endsRun(event.type);
    emittedAtMs += pauses[i % pauses.length] ?? 0;
    // An end takes the run from its owner; that an attempt changes hands is not said by its event alone.
    if (ends) epoch += 1;
    const envelope = { eventId: `${runId}.evt_${i + 1}`, runId, sessionId, seq: i + 1, epoch };
    const drawn = { ...envelope, emittedAtMs, late, event };
    late ||= ends;
    return drawn;
  });
  return { runId, sessionId, log };
}
