import { DatabaseSync } from 'node:sqlite';
import { createRuntime } from '../src/index.ts';
import { memory } from '../src/stores/memory/index.ts';
import { sqlite } from '../src/stores/sqlite/index.ts';
import type { Run, Stores } from '../src/index.ts';

/** One way to make events durable. */
export interface Contender {
  readonly name: string;
  /** What it is compared with beside the common measures: the same without what it has more. */
  readonly without?: Contender;
  /** Opens its own file in `folder`, ready for `runs` runs at once. */
  open(folder: string, runs: number): Promise<Appender>;
}

export interface Appender {
  /** Appends one event to run number `run`; resolves, or returns, when it is durable. */
  append(run: number): Promise<void> | void;
  close(): Promise<void>;
}

/** About 200 bytes of JSON, as an event of an agent has. */
export const EVENT = {
  type: 'tool.completed',
  tool: 'search',
  callId: 'call_0123456789abcdef',
  output: 'x'.repeat(100),
  durationMs: 1234,
} as const;

/** A text of the size that a snapshot has. */
const SNAPSHOT = JSON.stringify({ prompt: 'p'.repeat(100), rest: 'r'.repeat(350) });

/** (a) One insert per transaction, on the same layout and durability: what a program does without thinking. */
export const rawInserts: Contender = {
  name: 'a: raw, one insert per transaction',
  open: async (folder, runs) => {
    const db = await openTables(folder, runs);
    const insert = prepareInsert(db);
    const seqs: number[] = Array.from({ length: runs }, () => 1);
    return {
      append: (run) => {
        const seq = next(seqs, run);
        insert.run(
          run + 1,
          seq,
          `evt_${run}_${seq}`,
          EVENT.type,
          Date.now(),
          JSON.stringify(EVENT),
        );
      },
      close: async () => db.close(),
    };
  },
};

/** (b) Group commit on the same tables and nothing else: snapshot row and event in one transaction per batch. */
export const bareGroupCommit: Contender = {
  name: 'b: bare group commit loop',
  open: async (folder, runs) => {
    const db = await openTables(folder, runs);
    const insert = prepareInsert(db);
    const update = db.prepare(
      'UPDATE runs SET last_seq = ?, epoch = ?, owner = ?, updated_at = ?, snapshot = ? WHERE run = ? AND last_seq = ? AND epoch = 1',
    );
    const seqs: number[] = Array.from({ length: runs }, () => 1);
    let waiting: { run: number; payload: string; resolve: () => void }[] = [];
    const flush = (): void => {
      const batch = waiting.splice(0, 256);
      db.exec('BEGIN IMMEDIATE');
      for (const { run, payload } of batch) {
        const before = seqs[run] ?? 0;
        const seq = next(seqs, run);
        update.run(seq, 1, 'own_bench', Date.now(), SNAPSHOT, run + 1, before);
        insert.run(run + 1, seq, `evt_${run}_${seq}`, EVENT.type, Date.now(), payload);
      }
      db.exec('COMMIT');
      for (const { resolve } of batch) resolve();
      if (waiting.length > 0) setImmediate(flush);
    };
    return {
      append: (run) =>
        new Promise<void>((resolve) => {
          if (waiting.length === 0) setImmediate(flush);
          waiting.push({ run, payload: JSON.stringify(EVENT), resolve });
        }),
      close: async () => db.close(),
    };
  },
};

/** The whole runtime: run.record, fold, chart, snapshot in the transaction, receipts, feed. */
function wholeRuntime(
  name: string,
  stores: (folder: string) => Stores,
  followed: boolean,
): Contender {
  return {
    name,
    open: async (folder, count) => {
      const runtime = await createRuntime({ stores: stores(folder) });
      const runs: Run[] = [];
      for (let i = 0; i < count; i += 1) runs.push(await runtime.open({ prompt: 'p'.repeat(100) }));
      const stop = new AbortController();
      const readers = followed ? runs.map((run) => drain(run, stop.signal)) : [];
      return {
        append: async (run) => {
          await runs[run]?.record(EVENT);
        },
        close: async () => {
          stop.abort();
          await Promise.all(readers);
          await runtime.close();
        },
      };
    },
  };
}

const onThread = (folder: string): Stores => sqlite(`${folder}/runs.db`);
const inPlace = (folder: string): Stores => sqlite(`${folder}/runs.db`, { writer: 'inline' });

const onThreadChained = (folder: string): Stores => sqlite(`${folder}/runs.db`, { chain: true });
const inPlaceChained = (folder: string): Stores =>
  sqlite(`${folder}/runs.db`, { writer: 'inline', chain: true });

export const onWorker = wholeRuntime('runtime, sqlite (worker)', onThread, false);
export const onWorkerFollowed = wholeRuntime('  each run followed live', onThread, true);
export const onInline = wholeRuntime('runtime, sqlite (inline)', inPlace, false);
export const onWorkerChained: Contender = {
  ...wholeRuntime('  with a chain of hashes', onThreadChained, false),
  without: onWorker,
};
export const onInlineFollowed = wholeRuntime('  each run followed live', inPlace, true);
export const onInlineChained: Contender = {
  ...wholeRuntime('  with a chain of hashes', inPlaceChained, false),
  without: onInline,
};
export const onMemory = wholeRuntime('c: runtime, memory', () => memory(), false);

async function drain(run: Run, signal: AbortSignal): Promise<void> {
  let last = 0;
  for await (const { seq } of run.events({ signal })) last = seq;
  if (last === 0) throw new Error('a follower saw nothing');
}

/** The tables that the sqlite store makes, in a file of its own, with `runs` rows to append to. */
async function openTables(folder: string, runs: number): Promise<DatabaseSync> {
  const path = `${folder}/raw.db`;
  const stores = sqlite(path, { writer: 'inline' });
  await stores.open();
  await stores.close();
  const db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; BEGIN');
  const insert = db.prepare(
    `INSERT INTO runs(run_id, session_id, created_seq, status, last_seq, epoch, owner, created_at, updated_at, snapshot)
     VALUES(?, ?, 1, 'created', 1, 1, 'own_bench', 0, 0, ?)`,
  );
  for (let i = 0; i < runs; i += 1) insert.run(`run_${i}`, `run_${i}`, SNAPSHOT);
  db.exec('COMMIT');
  return db;
}

function prepareInsert(db: DatabaseSync): ReturnType<DatabaseSync['prepare']> {
  return db.prepare(
    `INSERT INTO events(run, seq, event_id, type, emitted_at, epoch, late, payload) VALUES(?, ?, ?, ?, ?, 1, 0, ?)`,
  );
}

function next(seqs: number[], run: number): number {
  const seq = (seqs[run] ?? 0) + 1;
  seqs[run] = seq;
  return seq;
}
