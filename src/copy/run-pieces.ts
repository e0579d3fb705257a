import { envelopeOf } from '../actors/index.ts';
import { foldEvent, parseSnapshot, type RunSnapshot, snapshotJson } from '../machines/index.ts';
import type {
  EventPage,
  ImportedEvent,
  RunImport,
  RunRecord,
  StoredEvent,
  Stores,
} from '../stores/index.ts';
import type { Outlook } from './look-at-run.ts';

/** Events of one piece at most, which is one atomic unit. */
const PIECE_EVENTS = 256;

export type ToCopy = Extract<Outlook, { kind: 'copy' }>;

/** A log that lost its head while it was read; what is copied of it is whole up to there. */
export class CutMeanwhile extends Error {
  override readonly name = 'CutMeanwhile';
}

/**
 * The pieces that bring a run from what the target has of it to what is to be there. Between them the run is in
 * the target what it was then, without an owner and never due, so that nobody drives half a run;
 * the last piece brings its record as it is.
 */
export async function* runPieces(
  { events }: Pick<Stores, 'events'>,
  { source, target, throughSeq, heldBack }: ToCopy,
): AsyncGenerator<RunImport, void, void> {
  const { runId } = source;
  let afterSeq = target?.lastSeq ?? 0;
  let state = target === undefined ? undefined : parsed(target.snapshot);
  while (afterSeq < throughSeq) {
    const limit = Math.min(PIECE_EVENTS, throughSeq - afterSeq);
    const page = await events.read(runId, { afterSeq, limit, chain: true, keys: true });
    const isFirst = afterSeq === 0;
    const found = importedEvents(page).filter(({ seq }) => seq <= throughSeq);
    const last = found.at(-1);
    if (last === undefined && isFirst) return;
    if (last === undefined || (!isFirst && page.firstSeq > afterSeq + 1)) {
      throw new CutMeanwhile(`Run ${runId} was cut while it was copied; copy again.`);
    }
    const isEnd = last.seq === throughSeq && heldBack === null;
    if (!isEnd) state = folded(source, isFirst ? parsed(page.base) : state, found);
    yield {
      run: isEnd ? source : asItWas(source, last, state),
      expectedSeq: afterSeq,
      ...(isFirst && { first: firstOf(page) }),
      events: found,
    };
    afterSeq = last.seq;
  }
}

function importedEvents({ events, chain, keys }: EventPage): readonly ImportedEvent[] {
  return events.map((event, i) => ({
    ...event,
    key: keys?.events[i] ?? null,
    hash: chain?.hashes[i] ?? null,
  }));
}

function firstOf({ firstSeq, base, chain, keys }: EventPage): NonNullable<RunImport['first']> {
  return {
    key: keys?.created.key ?? null,
    createdSeq: keys?.created.throughSeq ?? 1,
    firstSeq,
    base,
    baseHash: chain?.base ?? null,
    isChained: chain !== undefined && chain.head !== null,
  };
}

/** The record after an event that is not the last one; `state` is undefined where the log cannot be folded. */
function asItWas(
  source: RunRecord,
  { seq, epoch, emittedAtMs }: StoredEvent,
  state: RunSnapshot | undefined,
): RunRecord {
  const then =
    state?.eventCount === seq ? { status: state.status, snapshot: snapshotJson(state) } : {};
  return {
    ...source,
    ...then,
    lastSeq: seq,
    epoch,
    owner: null,
    wakeAtMs: null,
    updatedAtMs: emittedAtMs,
  };
}

/** A snapshot that is none is for `verify` to tell of: a copy takes it as it is. */
function parsed(text: string | null): RunSnapshot | undefined {
  if (text === null) return undefined;
  try {
    return parseSnapshot(text);
  } catch {
    return undefined;
  }
}

function folded(
  run: RunRecord,
  before: RunSnapshot | undefined,
  events: readonly StoredEvent[],
): RunSnapshot | undefined {
  try {
    return events.reduce<RunSnapshot | undefined>(
      (state, event) => foldEvent(state, envelopeOf(run, event)),
      before,
    );
  } catch {
    return undefined;
  }
}
