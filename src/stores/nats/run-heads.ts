import { RunchartError } from '../../errors.ts';
import type { Connection } from './connection.ts';
import {
  bodyText,
  goneText,
  type GoneRun,
  headOfMessage,
  headText,
  isGone,
  type RunBody,
  type RunHead,
} from './run-message.ts';
import { bodyOf } from './stored-body.ts';
import type { StoredMessage } from './journal-reader.ts';

/** A run as the leader has it at this moment. */
export interface FreshRun {
  /** 0: there is no message of it. */
  readonly seq: number;
  /** undefined: there is no such run. */
  readonly head: RunHead | undefined;
  /** What is left of one that is gone. */
  readonly gone: GoneRun | undefined;
  readonly message: StoredMessage | undefined;
}

/** How often a read is repeated that does not know what this process knows. */
const STALE_READS = 200;
const STALE_PAUSE_MS = 25;

/**
 * Heads of runs from the leader, and never older than what this process has seen: a leader that was cut off from
 * its cluster may not know yet that it is none any more.
 */
export class RunHeads {
  /** Runs with an append whose outcome is unknown, and what it was built on. */
  readonly #doubts = new Map<string, number>();

  /** Says that what was built on `seq` may be stored still. */
  doubt(runId: string, seq: number): void {
    this.#doubts.set(runId, Math.max(seq, this.#doubts.get(runId) ?? 0));
  }

  isInDoubt(runId: string): boolean {
    return this.#doubts.has(runId);
  }

  /** Rejects with STORE_FAILED as long as an append of this process may still be stored or not. */
  async fresh(connection: Connection, runId: string): Promise<FreshRun> {
    const run = await this.#look(connection, runId);
    const doubted = this.#doubts.get(runId);
    if (doubted === undefined) return run;
    if (run.seq > doubted) {
      // Something else, or it itself, is where it was to be.
      this.#doubts.delete(runId);
      return run;
    }
    await this.#bar(connection, runId, run);
    return this.fresh(connection, runId);
  }

  /** Puts a message without events where the one in doubt was to be: then that can never be stored. */
  async #bar({ journal, subjects }: Connection, runId: string, run: FreshRun): Promise<void> {
    const { head, message } = run;
    const isThere = head !== undefined && message !== undefined;
    const draft = isThere
      ? await markOf({ journal }, head, message)
      : { head: goneText(runId), body: '' };
    const written = await journal.write([
      {
        subject: subjects.run(runId),
        ...draft,
        expect: { seq: run.seq },
        partsSubject: subjects.parts(runId),
      },
    ]);
    if (written.kind === 'stored') {
      this.#doubts.delete(runId);
      const [seq] = written.seqs;
      if (!isThere && run.seq === 0 && seq !== undefined) await journal.erase(seq);
    }
  }

  async #look({ journal, subjects, index, feed }: Connection, runId: string): Promise<FreshRun> {
    for (let reads = 1; ; reads += 1) {
      const known = index.get(runId)?.seq ?? 0;
      const message = await journal.last(subjects.run(runId));
      const seq = message?.seq ?? 0;
      const found = headOfMessage(message);
      if (found !== undefined) feed.applySeen(found);
      // The index hears of deaths too: then it knows nothing any more.
      const isStale = seq < known && (index.get(runId)?.seq ?? 0) > seq;
      if (!isStale) {
        const isOver = found === undefined || isGone(found);
        return {
          seq,
          head: isOver ? undefined : found,
          gone: found !== undefined && isGone(found) ? found : undefined,
          message,
        };
      }
      if (reads === STALE_READS) {
        throw new RunchartError(
          'STORE_FAILED',
          `The server that was asked for run ${runId} does not know its last events; it may have lost its cluster. Try again.`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, STALE_PAUSE_MS));
    }
  }
}

/** The same head and snapshot once more, without events. */
export async function markOf(
  { journal }: Pick<Connection, 'journal'>,
  head: RunHead,
  message: StoredMessage,
  change: Partial<RunHead> = {},
): Promise<{ readonly head: string; readonly body: string }> {
  const { snapshot } = await bodyOf<RunBody>(journal, message);
  const next = { ...head, ...change, first: head.run.lastSeq + 1 };
  return {
    head: headText(next),
    body: bodyText({ snapshot, events: [], key: null, hashes: head.hash === null ? null : [] }),
  };
}
