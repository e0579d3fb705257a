import { isRunchartError } from '../errors.ts';
import { isTerminal } from '../machines/index.ts';
import type { Run } from '../run.ts';
import type { RunChange } from '../runtime.ts';
import type { Access } from './access.ts';
import type { Message } from './streams.ts';

/** The id of the end of a run: after it there is nothing to come back for, unless something came late. */
const END = '-end';

/** The runtime was closed under the stream. */
const CLOSING: Message = { event: 'closing', data: { reason: 'shutdown' } };

/** Where a client stands. */
export interface Position {
  readonly seq: number;
  /** It was told that the run is over. */
  readonly hasEnded: boolean;
}

/** By the id of the last message that a client got; undefined: it never got one of ours. */
export function positionOf(lastEventId: string | null): Position | undefined {
  const [, seq, end] = /^(\d{1,15})(-end)?$/.exec(lastEventId ?? '') ?? [];
  return seq === undefined ? undefined : { seq: Number(seq), hasEnded: end !== undefined };
}

/** The events of a run from one on, and when it is over what became of it. */
export async function* messagesOf(
  run: Run,
  afterSeq: number,
  { access, signal }: { readonly access: Access; readonly signal: AbortSignal },
): AsyncGenerator<Message, void, void> {
  let last = afterSeq;
  try {
    for await (const envelope of run.events({ afterSeq, signal })) {
      last = envelope.seq;
      yield { id: String(last), data: access.redacted(envelope, run.id) };
    }
    if (signal.aborted) return;
    const snapshot = await run.snapshot();
    if (!isTerminal(snapshot.status)) return yield CLOSING;
    const data = { reason: 'over', snapshot: access.redacted(snapshot, run.id) };
    yield { id: `${last}${END}`, event: 'end', data };
  } catch (error) {
    if (!isRunchartError(error, 'RUNTIME_CLOSED')) throw error;
    yield CLOSING;
  }
}

/** Changes of runs, as far as they may be seen. A connection begins with `missed`: before it was there, anything may have changed. */
export async function* changesOf(
  changes: AsyncGenerator<RunChange, void, void>,
  { access, signal }: { readonly access: Access; readonly signal: AbortSignal },
): AsyncGenerator<Message, void, void> {
  yield { event: 'missed', data: {} };
  for await (const change of changes) {
    if (change.kind === 'changed') {
      if (!(await access.canSee(change.run))) continue;
      const { runId } = change.run.snapshot;
      yield { event: 'changed', data: { run: access.redacted(change.run, runId) } };
    } else if (change.kind === 'missed' || access.isAsked) {
      // Whether a run that is gone could be seen, nobody can say any more.
      yield { event: 'missed', data: {} };
    } else yield { event: 'gone', data: { runId: access.redacted(change.runId, change.runId) } };
  }
  if (!signal.aborted) yield CLOSING;
}
