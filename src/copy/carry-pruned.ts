import { foldEvent, type RunSnapshot, snapshotJson } from '../machines/index.ts';
import type { RunImport, Stores } from '../stores/index.ts';

/** Stands for the runs that were pruned in a source. */
const PRUNED_RUN = 'run_pruned_where_this_was_copied_from';

/**
 * Makes the target know that runs were pruned, when that is so in the source: else a parent that was pruned there
 * would be taken for one that got lost on the way.
 */
export async function carryPruned(from: Stores, to: Stores): Promise<void> {
  const [source, target] = await Promise.all([from.events.goneRuns(), to.events.goneRuns()]);
  if (source.pruned === 0 || source.lost > 0 || target.pruned > 0) return;
  // It may have been left here by a copy that was killed.
  if ((await to.events.get(PRUNED_RUN)) === undefined) await to.events.import([prunedRun()]);
  await to.forget([PRUNED_RUN]);
}

/** A run that is over, as whole as any, for those who look just then. */
function prunedRun(): RunImport {
  const ids = { runId: PRUNED_RUN, sessionId: PRUNED_RUN };
  const facts = [
    { type: 'run.created', prompt: '', definition: null, requireVerification: false },
    { type: 'run.cancelled', reason: 'it stands for runs that were pruned' },
  ] as const;
  let snapshot: RunSnapshot | undefined;
  const events = facts.map((event, i) => {
    const envelope = {
      ...ids,
      eventId: `evt_pruned_${i + 1}`,
      seq: i + 1,
      emittedAtMs: 0,
      epoch: i + 1,
      late: false,
    };
    snapshot = foldEvent(snapshot, { ...envelope, event });
    const { runId: _run, sessionId: _session, ...stored } = envelope;
    return { ...stored, type: event.type, payload: JSON.stringify(event), key: null, hash: null };
  });
  const fixed = { definition: null, parentRunId: null, forkedFrom: null, owner: null };
  const times = { wakeAtMs: null, createdAtMs: 0, updatedAtMs: 0 };
  const record = { ...ids, ...fixed, ...times, status: 'cancelled', lastSeq: 2, epoch: 2 };
  return {
    run: { ...record, snapshot: snapshot === undefined ? '' : snapshotJson(snapshot) },
    expectedSeq: 0,
    first: {
      key: null,
      createdSeq: 1,
      firstSeq: 1,
      base: null,
      baseHash: null,
      isChained: false,
    },
    events,
  };
}
