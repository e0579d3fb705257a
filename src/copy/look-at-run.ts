import { isDeepStrictEqual } from 'node:util';
import type { EventPage, RunRecord, Stores } from '../stores/index.ts';
import type { PlannedRun } from './plan-copy.ts';

/** What is to be done about a run, as both stores have it at this moment. */
export type Outlook =
  /** It is wholly in the target. */
  | { readonly kind: 'there'; readonly cut: HeadCut | null }
  | { readonly kind: 'left'; readonly why: string }
  | {
      readonly kind: 'copy';
      readonly source: RunRecord;
      /** What the target has of it; undefined: nothing. */
      readonly target: RunRecord | undefined;
      /** The last event that is copied. */
      readonly throughSeq: number;
      /** Why it is not copied to its end: a sentence. null: it is. */
      readonly heldBack: string | null;
      readonly cut: HeadCut | null;
    };

/** A head that was cut in the source since it was copied. */
interface HeadCut {
  readonly throughSeq: number;
  readonly base: string;
}

/**
 * Looks at a run on both sides. A run that somebody drives in the source, or that has changed since the copy was
 * planned, is at most copied up to its last event: its end, its owner and when it is due come
 * with that one, and nobody drives in the target what is driven in the source.
 */
export async function lookAtRun(
  from: Stores,
  to: Stores,
  { runId, lastSeq, epoch }: PlannedRun,
  live: boolean,
): Promise<Outlook> {
  const source = await from.events.get(runId);
  if (source === undefined) {
    return { kind: 'left', why: `Run ${runId} was deleted in ${from.location} meanwhile.` };
  }
  const { owner } = source;
  const isLive = owner !== null && (await from.events.isAlive(owner));
  if (isLive && !live) return { kind: 'left', why: liveText(from, runId, owner) };
  const hasChanged = source.lastSeq !== lastSeq || source.epoch !== epoch;
  const heldBack = isLive
    ? `Run ${runId} is driven in ${from.location} by ${owner}: copied without its last event, copy again when it is not.`
    : hasChanged
      ? `Run ${runId} has gone on in ${from.location} while it was copied; copy again for the rest.`
      : null;
  const throughSeq = heldBack === null ? source.lastSeq : source.lastSeq - 1;
  const target = await to.events.get(runId);
  if (target === undefined) {
    if (throughSeq > 0) return { kind: 'copy', source, target, throughSeq, heldBack, cut: null };
    return { kind: 'left', why: heldBack ?? '' };
  }
  const met = await meet(from, to, source, target);
  if (met.conflict !== null) return { kind: 'left', why: met.conflict };
  const { cut } = met;
  if (target.lastSeq === source.lastSeq) return { kind: 'there', cut };
  if (target.lastSeq >= throughSeq) return { kind: 'left', why: heldBack ?? '' };
  return { kind: 'copy', source, target, throughSeq, heldBack, cut };
}

function liveText({ location }: Stores, runId: string, owner: string): string {
  return `Run ${runId} is driven in ${location} by ${owner}: stop what drives it, and copy again.`;
}

interface Meeting {
  /** Why the target's run is another one than the source's, or one that has gone on by itself: a sentence. */
  readonly conflict: string | null;
  readonly cut: HeadCut | null;
}

/** Compares both sides at the last event of the target. */
async function meet(
  from: Stores,
  to: Stores,
  source: RunRecord,
  target: RunRecord,
): Promise<Meeting> {
  const { runId } = source;
  const conflict = (why: string): Meeting => ({ conflict: why, cut: null });
  const stays = 'It is left as it is there.';
  if (target.lastSeq > source.lastSeq) {
    return conflict(
      `Run ${runId} has ${target.lastSeq} events in ${to.location} and ${source.lastSeq} in ` +
        `${from.location}: it has gone on by itself. ${stays}`,
    );
  }
  const last = { afterSeq: target.lastSeq - 1, limit: 1, chain: true, keys: true };
  const ours = await from.events.read(runId, last);
  const theirs = await to.events.read(runId, last);
  if (ours.firstSeq > target.lastSeq) {
    return conflict(
      `The log of run ${runId} was cut through event ${ours.firstSeq - 1} in ${from.location}, and has ` +
        `${target.lastSeq} events in ${to.location}: delete it there, and copy again.`,
    );
  }
  if (!isDeepStrictEqual(endOf(ours), endOf(theirs))) {
    return conflict(
      `Event ${target.lastSeq} of run ${runId} is another one in ${to.location} than in ` +
        `${from.location}: it has gone on by itself, or is another run. ${stays}`,
    );
  }
  if (target.lastSeq === source.lastSeq && !isDeepStrictEqual(source, target)) {
    return conflict(
      `The record of run ${runId} is another one in ${to.location} than in ${from.location}. ${stays}`,
    );
  }
  const { firstSeq, base } = ours;
  const isCut = base !== null && firstSeq > theirs.firstSeq;
  return { conflict: null, cut: isCut ? { throughSeq: firstSeq - 1, base } : null };
}

/** The first event of a page with its key and hash, and how the run came about. */
function endOf({ events, chain, keys }: EventPage): readonly unknown[] {
  return [events[0], chain?.hashes[0], keys?.events[0], keys?.created];
}
