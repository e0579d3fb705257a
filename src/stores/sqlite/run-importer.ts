import { checkImport, refuseImport } from '../check-import.ts';
import type { ImportedEvent, RunImport, RunRecord } from '../event-store.ts';
import type { Database, Statement } from './driver.ts';

interface RunHead {
  readonly run: number;
  readonly lastSeq: number;
  readonly head: string | null;
}

/** Writes runs of other stores inside the transaction of its caller. */
export class RunImporter {
  readonly #findRun: Statement;
  readonly #findCreated: Statement;
  readonly #insertRun: Statement;
  readonly #insertCut: Statement;
  readonly #updateRun: Statement;
  readonly #insertEvent: Statement;

  constructor(db: Database) {
    this.#findRun = db.prepare('SELECT run, last_seq AS lastSeq, head FROM runs WHERE run_id = ?');
    this.#findCreated = db.prepare('SELECT run_id AS runId FROM runs WHERE idempotency_key = ?');
    this.#insertRun = db.prepare(
      `INSERT INTO runs(run_id, session_id, definition, idempotency_key, created_seq, status, last_seq,
         epoch, owner, wake_at, parent_run_id, forked_from, created_at, updated_at, snapshot, head)
       VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#insertCut = db.prepare('INSERT INTO cuts(run, base, hash) VALUES(?, ?, ?)');
    this.#updateRun = db.prepare(
      `UPDATE runs SET status = ?, owner = ?, wake_at = ?, last_seq = ?, epoch = ?, updated_at = ?,
         snapshot = ?, head = ? WHERE run = ?`,
    );
    this.#insertEvent = db.prepare(
      `INSERT INTO events(run, seq, event_id, type, emitted_at, epoch, late, idempotency_key, payload, hash)
       VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  /** What it has written when it throws a RunchartError is the pieces in front of the refused one. */
  write(pieces: readonly RunImport[]): null {
    for (const piece of pieces) this.#write(piece);
    return null;
  }

  #write(piece: RunImport): void {
    checkImport(piece);
    const { run, first, events } = piece;
    const known = this.#find(run.runId);
    refuseImport(piece, {
      lastSeq: known?.lastSeq,
      isChained: known !== undefined && known.head !== null,
      hasSource: (runId) => this.#find(runId) !== undefined,
      createdBy: (key) => (this.#findCreated.get(key) as { runId: string } | undefined)?.runId,
    });
    const head = events.at(-1)?.hash ?? null;
    if (first !== undefined) this.#addEvents(this.#add(run, first, head), events);
    else if (known !== undefined) {
      const { status, owner, wakeAtMs, lastSeq, epoch, updatedAtMs, snapshot } = run;
      const values = [status, owner, wakeAtMs, lastSeq, epoch, updatedAtMs, snapshot, head];
      this.#updateRun.run(...values, known.run);
      this.#addEvents(known.run, events);
    }
  }

  #find(runId: string): RunHead | undefined {
    return this.#findRun.get(runId) as RunHead | undefined;
  }

  #add(run: RunRecord, first: NonNullable<RunImport['first']>, head: string | null): number {
    const { lastInsertRowid } = this.#insertRun.run(
      run.runId,
      run.sessionId,
      run.definition,
      first.key,
      first.createdSeq,
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
    if (first.base !== null) this.#insertCut.run(key, first.base, first.baseHash);
    return key;
  }

  #addEvents(run: number, events: readonly ImportedEvent[]): void {
    for (const { seq, eventId, type, emittedAtMs, epoch, late, key, payload, hash } of events) {
      // Node 22 does not bind booleans.
      const flag = late ? 1 : 0;
      this.#insertEvent.run(run, seq, eventId, type, emittedAtMs, epoch, flag, key, payload, hash);
    }
  }
}
