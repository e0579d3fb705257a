import type {
  Commit,
  CommitOutcome,
  CommitRefusal,
  RunRecord,
  StoredEvent,
} from '../event-store.ts';
import { chainHashes, chainStart } from '../hash-chain.ts';
import type { Database, Statement } from './driver.ts';
import { EVENT_COLUMNS, toEvent } from './rows.ts';

interface RunHead {
  readonly run: number;
  readonly status: string;
  readonly owner: string | null;
  readonly wakeAtMs: number | null;
  readonly lastSeq: number;
  readonly epoch: number;
  /** The hash of the last event; null: the run has no chain. */
  readonly head: string | null;
}

/** Runs whose rows are remembered: about 150 bytes each. */
const MAX_KNOWN_RUNS = 10_000;

/**
 * Decides and writes commits inside the transaction of its caller, which MUST say when it rolled back.
 * What it wrote last to a run it remembers: the next commit on top of that needs no look at the row
 * first, and the UPDATE itself tells when somebody else has written since.
 */
export class CommitWriter {
  readonly #findRun: Statement;
  readonly #findCreated: Statement;
  readonly #readCreated: Statement;
  readonly #readKeyed: Statement;
  readonly #insertRun: Statement;
  readonly #updateRun: Statement;
  readonly #moveRun: Statement;
  readonly #insertEvent: Statement;
  readonly #known = new Map<string, RunHead>();
  readonly #isChaining: boolean;

  /** `isChaining`: runs that are created get a chain. Those that have one are gone on with in any case. */
  constructor(db: Database, isChaining: boolean) {
    this.#isChaining = isChaining;
    this.#findRun = db.prepare(
      `SELECT run, status, owner, wake_at AS wakeAtMs, last_seq AS lastSeq, epoch, head
       FROM runs WHERE run_id = ?`,
    );
    this.#findCreated = db.prepare(
      'SELECT run, run_id AS runId, created_seq AS createdSeq FROM runs WHERE idempotency_key = ?',
    );
    this.#readCreated = db.prepare(
      `SELECT ${EVENT_COLUMNS} FROM events WHERE run = ? AND seq <= ? ORDER BY seq`,
    );
    this.#readKeyed = db.prepare(
      `SELECT ${EVENT_COLUMNS} FROM events WHERE run = ? AND idempotency_key = ? ORDER BY seq`,
    );
    this.#insertRun = db.prepare(
      `INSERT INTO runs(run_id, session_id, definition, idempotency_key, created_seq, status, last_seq,
         epoch, owner, wake_at, parent_run_id, forked_from, created_at, updated_at, snapshot, head)
       VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const update = (place: string) =>
      db.prepare(
        `UPDATE runs SET ${place} last_seq = ?, epoch = ?, updated_at = ?, snapshot = ?, head = ?
         WHERE run = ? AND last_seq = ? AND run_id = ?`,
      );
    // An UPDATE that does not name what lists go by leaves their indexes alone.
    this.#updateRun = update('');
    this.#moveRun = update('status = ?, owner = ?, wake_at = ?,');
    this.#insertEvent = db.prepare(
      `INSERT INTO events(run, seq, event_id, type, emitted_at, epoch, late, idempotency_key, payload, hash)
       VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  write(commit: Commit): CommitOutcome {
    const { run, expectedSeq, idempotencyKey: key, events } = commit;
    const known = key === undefined && expectedSeq > 0 ? this.#known.get(run.runId) : undefined;
    if (known !== undefined && refusal(commit, known) === undefined) {
      const hashes = chainHashes(known.head, events);
      if (this.#replace(commit, known, hashes)) {
        this.#addEvents(known.run, events, null, hashes);
        return STORED;
      }
    }
    const head = this.#findRun.get(run.runId) as RunHead | undefined;
    const earlier = this.#earlier(commit, head);
    if (earlier !== undefined) return earlier;
    const code = refusal(commit, head) ?? this.#withoutSource(commit);
    if (code !== undefined) return { kind: 'refused', code };
    if (head === undefined) {
      // The key of a creation is kept with the run: it is unique in the whole store.
      const hashes = chainHashes(this.#isChaining ? chainStart(run.runId) : null, events);
      this.#addEvents(this.#create(commit, hashes), events, null, hashes);
    } else {
      const hashes = chainHashes(head.head, events);
      this.#replace(commit, head, hashes);
      this.#addEvents(head.run, events, key ?? null, hashes);
    }
    return STORED;
  }

  /** Somebody else writes to the run, or what was written last did not come to be: nothing is known any more. */
  forget(runId?: string): void {
    if (runId === undefined) this.#known.clear();
    else this.#known.delete(runId);
  }

  /** A fork needs its source, which `forget` may have taken since the fork was planned. */
  #withoutSource({ run: { forkedFrom }, expectedSeq }: Commit): CommitRefusal | undefined {
    if (expectedSeq > 0 || forkedFrom === null) return undefined;
    return this.#findRun.get(forkedFrom) === undefined ? 'RUN_NOT_FOUND' : undefined;
  }

  #earlier(
    { run, expectedSeq, idempotencyKey: key }: Commit,
    head?: RunHead,
  ): CommitOutcome | undefined {
    if (key === undefined) return undefined;
    if (expectedSeq === 0) {
      const first = this.#findCreated.get(key) as
        | { run: number; runId: string; createdSeq: number }
        | undefined;
      if (first === undefined) return undefined;
      const events = this.#readCreated.all(first.run, first.createdSeq).map(toEvent);
      const isWhole = events[0]?.seq === 1;
      return { kind: 'repeat', runId: first.runId, events: isWhole ? events : [] };
    }
    if (head === undefined) return undefined;
    const events = this.#readKeyed.all(head.run, key).map(toEvent);
    return events.length === 0 ? undefined : { kind: 'repeat', runId: run.runId, events };
  }

  #create({ run, idempotencyKey }: Commit, hashes: Hashes): number {
    const head = hashes?.at(-1) ?? null;
    const { lastInsertRowid } = this.#insertRun.run(
      run.runId,
      run.sessionId,
      run.definition,
      idempotencyKey ?? null,
      run.lastSeq,
      run.status,
      run.lastSeq,
      run.epoch,
      run.owner,
      run.wakeAtMs,
      run.parentRunId,
      run.forkedFrom,
      run.createdAtMs,
      run.updatedAtMs,
      run.snapshot,
      head,
    );
    const key = Number(lastInsertRowid);
    this.#remember(run, key, head);
    return key;
  }

  /** False when the row is not as `head` says, and then nothing has changed. */
  #replace({ run, expectedSeq }: Commit, head: RunHead, hashes: Hashes): boolean {
    const last = hashes?.at(-1) ?? null;
    const { lastSeq, epoch, updatedAtMs, snapshot, status, owner, wakeAtMs, runId } = run;
    const values = [lastSeq, epoch, updatedAtMs, snapshot, last, head.run, expectedSeq, runId];
    const isInPlace = status === head.status && owner === head.owner && wakeAtMs === head.wakeAtMs;
    const { changes } = isInPlace
      ? this.#updateRun.run(...values)
      : this.#moveRun.run(status, owner, wakeAtMs, ...values);
    if (Number(changes) === 1) this.#remember(run, head.run, last);
    else this.#known.delete(runId);
    return Number(changes) === 1;
  }

  #remember(record: RunRecord, run: number, head: string | null): void {
    const { runId, status, owner, wakeAtMs, lastSeq, epoch } = record;
    if (this.#known.size >= MAX_KNOWN_RUNS) this.#known.clear();
    this.#known.set(runId, { run, status, owner, wakeAtMs, lastSeq, epoch, head });
  }

  #addEvents(
    run: number,
    events: readonly StoredEvent[],
    key: string | null,
    hashes: Hashes,
  ): void {
    for (const [i, { seq, eventId, type, emittedAtMs, epoch, late, payload }] of events.entries()) {
      const hash = hashes?.[i] ?? null;
      // Node 22 does not bind booleans.
      const flag = late ? 1 : 0;
      this.#insertEvent.run(run, seq, eventId, type, emittedAtMs, epoch, flag, key, payload, hash);
    }
  }
}

/** One per event; null: the run has no chain. */
type Hashes = readonly string[] | null;

const STORED: CommitOutcome = { kind: 'stored' };

function refusal(
  { expectedSeq, expectedEpoch }: Commit,
  head: RunHead | undefined,
): CommitRefusal | undefined {
  if (expectedSeq === 0) return head === undefined ? undefined : 'RUN_EXISTS';
  if (head === undefined) return 'RUN_NOT_FOUND';
  if (expectedEpoch !== undefined && expectedEpoch !== head.epoch) return 'OWNER_FENCED';
  return expectedSeq === head.lastSeq ? undefined : 'SEQ_CONFLICT';
}
