/** An event as a store keeps it. The payload is opaque JSON text: stores never look inside. */
export interface StoredEvent {
  readonly seq: number;
  readonly eventId: string;
  readonly type: string;
  readonly emittedAtMs: number;
  readonly epoch: number;
  readonly late: boolean;
  /** The JSON text of the event, its `type` included. */
  readonly payload: string;
}

/** A run as a store keeps it: what lists are made of, and its snapshot as opaque JSON text. */
export interface RunRecord {
  readonly runId: string;
  readonly sessionId: string;
  readonly definition: string | null;
  readonly status: string;
  readonly lastSeq: number;
  /** The fencing number: it grows whenever the run changes hands, and when it ends. */
  readonly epoch: number;
  /** Who drives the run; null when nobody does, as after its end. */
  readonly owner: string | null;
  /**
   * When somebody should drive the run although nobody owns it, in epoch milliseconds: 0 is at once.
   * null: nobody needs to, because it is driven, waits for an event, or is over.
   */
  readonly wakeAtMs: number | null;
  /** The run that started this one; null for none. */
  readonly parentRunId: string | null;
  /** The run whose checkpoint this one began with; null for none. */
  readonly forkedFrom: string | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly snapshot: string;
}

/** Events of one run and the record they lead to: stored as one atomic unit, or not at all. */
export interface Commit {
  /**
   * The whole record after the events: the store replaces what it has.
   * `runId`, `sessionId`, `definition`, `parentRunId`, `forkedFrom` and `createdAtMs` are fixed by the
   * commit that creates the run.
   */
  readonly run: RunRecord;
  /** The `lastSeq` that the writer built on; 0 creates the run. */
  readonly expectedSeq: number;
  /** An owner's commits carry the epoch it owns the run under; commands from outside carry none. */
  readonly expectedEpoch?: number;
  /**
   * Unique per run; on a commit that creates a run, unique in the whole store. The two are name spaces
   * of their own: the key that created a run may be used again on it.
   */
  readonly idempotencyKey?: string;
  /** At least one, with `seq` from `expectedSeq + 1` on. */
  readonly events: readonly StoredEvent[];
}

export type CommitRefusal = 'OWNER_FENCED' | 'SEQ_CONFLICT' | 'RUN_NOT_FOUND' | 'RUN_EXISTS';

/** The answer to one commit. One commit's refusal never fails another of the same batch. */
export type CommitOutcome =
  | { readonly kind: 'stored' }
  /**
   * The key was used before: the run and events of that first time. Nothing was stored now. `events` is
   * empty when the key created the run and retention has cut one of them since.
   */
  | { readonly kind: 'repeat'; readonly runId: string; readonly events: readonly StoredEvent[] }
  | { readonly kind: 'refused'; readonly code: CommitRefusal };

export interface ReadOptions {
  /** Exclusive; 0, the default, reads from the head. */
  readonly afterSeq?: number;
  /** At most this many events; 0 gives an empty page. */
  readonly limit: number;
  /** With the hashes of the chain. */
  readonly chain?: boolean;
  /** With the idempotency keys. */
  readonly keys?: boolean;
}

/** What a store keeps of the chain of a run (see hash-chain.ts), read at one moment with a page. */
export interface PageChain {
  /** One per event of the page; null for an event that is not chained. */
  readonly hashes: readonly (string | null)[];
  /** The hash of the last event that was cut; null when nothing was cut, or there is no chain. */
  readonly base: string | null;
  /** The hash of the last event of the run; null: the run has no chain. */
  readonly head: string | null;
  /** The `seq` that `head` is of. */
  readonly lastSeq: number;
}

/** Under which idempotency keys the events of a page were recorded, read at one moment with it. */
export interface PageKeys {
  /** How the run came about, also when these events were cut or are not on the page. */
  readonly created: {
    /** null: it was created without a key. */
    readonly key: string | null;
    /** The `seq` of the last event of the commit that created the run; 1 is the first. */
    readonly throughSeq: number;
  };
  /** One per event of the page: the key of the later commit that it belongs to; null for none. */
  readonly events: readonly (string | null)[];
}

/** A piece of a log in ascending `seq`. */
export interface EventPage {
  readonly events: readonly StoredEvent[];
  /** What to pass as `afterSeq` for the next page. */
  readonly nextAfterSeq: number;
  readonly hasMore: boolean;
  /** The first `seq` still stored: above 1 when retention has cut the head. */
  readonly firstSeq: number;
  /** The snapshot that the events from `firstSeq` on build on, as given to `cut`; null when nothing was cut. */
  readonly base: string | null;
  /** Where it was asked for. */
  readonly chain?: PageChain;
  /** Where it was asked for. */
  readonly keys?: PageKeys;
}

/** An event as another store has it, with what that store keeps beside it. */
export interface ImportedEvent extends StoredEvent {
  /** The key of the later commit that it belongs to; null for none, and for those of the creation. */
  readonly key: string | null;
  /** Its hash in the chain; null: the run has no chain. */
  readonly hash: string | null;
}

/** A run as another store has it, or a piece of it: what `read` with `chain` and `keys` answers of it. */
export interface RunImport {
  /**
   * The record as it is to be after this piece: `lastSeq` is that of its last event. What the creation of a run
   * fixes is fixed by the first piece.
   */
  readonly run: RunRecord;
  /** The `lastSeq` that is here before: 0 adds the run, whatever `seq` its first event has. */
  readonly expectedSeq: number;
  /** With the first piece, and with that alone. */
  readonly first?: {
    /** The idempotency key that created the run; null for none. */
    readonly key: string | null;
    /** The `seq` of the last event of the commit that created it. It may be cut, or come with a later piece. */
    readonly createdSeq: number;
    /** The `seq` of the first event; above 1 when what is before it was cut. */
    readonly firstSeq: number;
    /** The snapshot that the first event builds on; null exactly when nothing was cut. */
    readonly base: string | null;
    /** The hash of the last event that was cut; null exactly when nothing was cut, or there is no chain. */
    readonly baseHash: string | null;
    /** The run has a chain, and goes on with it here, whatever the store was opened with. */
    readonly isChained: boolean;
  };
  /** At least one, without a gap: from `first.firstSeq`, or else from `expectedSeq + 1` on. */
  readonly events: readonly ImportedEvent[];
}

export type RunOrder = 'newest' | 'oldest';

export interface RunQuery {
  /** Any of these statuses. */
  readonly statuses?: readonly string[];
  readonly sessionId?: string;
  readonly definition?: string;
  readonly owner?: string;
  readonly parentRunId?: string;
  readonly forkedFrom?: string;
  /** Created at this instant or later, in epoch milliseconds. */
  readonly createdFromMs?: number;
  /** Created before this instant. */
  readonly createdBeforeMs?: number;
  /** By creation, as the store met it, whatever the clocks said. Default `newest`: the newest first. */
  readonly order?: RunOrder;
  readonly limit: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

/** Which runs are counted; all of them without a member. */
export type CountQuery = Pick<RunQuery, 'sessionId' | 'definition'>;

/** Runs without an owner whose `wakeAtMs` has come. */
export interface DueQuery {
  /** Up to and including this instant. */
  readonly atMs: number;
  /** After this instant only. */
  readonly afterMs?: number;
  /** Of these definitions only. */
  readonly definitions: readonly string[];
  readonly limit: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

/**
 * Runs: of `list` in the order that was asked for, of `due` by instant, then by creation. A run that comes or goes
 * meanwhile never shifts the pages that follow.
 */
export interface RunPage {
  readonly runs: readonly RunRecord[];
  readonly nextCursor: string | null;
}

/** What a store can do beyond the contract, as data, so that callers and tests need not know its name. */
export interface EventStoreCapabilities {
  /** What was acknowledged survives the death of the process. */
  readonly durable: boolean;
  /** Several processes may open the same data at once. */
  readonly shared: boolean;
  /** Appends are worked on beside the event loop, by another thread or machine. */
  readonly background: boolean;
}

/** Runs that were here once, in numbers. */
export interface GoneRuns {
  /** Deleted by `forget`. What an earlier version of the data did not count is taken for that. */
  readonly pruned: number;
  /** Gone in any other way: somebody else's hand was in the data. */
  readonly lost: number;
}

/** Proof that an owner is alive: held until released, or until its process dies, however it dies. */
export interface OwnerLease {
  readonly ownerId: string;
  release(): Promise<void>;
}

/**
 * The durable log and the records of runs. The store is the judge of who may write.
 *
 * - Limits are whole numbers from 0, cursors come from the store: anything else is INPUT_INVALID.
 * - `append` MUST decide each commit alone, in order, and store its events and record atomically.
 *   Checks, in this order: key used before (`repeat`), run missing or already there, `expectedEpoch`
 *   (`OWNER_FENCED`), `expectedSeq` (`SEQ_CONFLICT`). A run with `forkedFrom` is not created without
 *   that run (`RUN_NOT_FOUND`): it may have been deleted since the fork was planned.
 * - `append` resolves only when everything it answers `stored` is durable. When it rejects, the
 *   caller MUST read the tail before it writes to one of these runs again: the outcome is unknown.
 * - A run that was created with a chain has one for good: every writer MUST go on with it, in the same
 *   atomic unit as the events, whatever it was opened with; one without never gets one. `cut` keeps the
 *   hash of the last event that goes.
 * - `read` of an unknown run rejects with `RUN_NOT_FOUND`, which is not an empty page.
 * - After `close` of the stores every call rejects with `STORE_CLOSED`.
 */
export interface EventStore {
  readonly capabilities: EventStoreCapabilities;
  append(commits: readonly Commit[]): Promise<readonly CommitOutcome[]>;
  read(runId: string, options: ReadOptions): Promise<EventPage>;
  /**
   * Adds runs of another store, or goes on with them: pieces one after the other, each in one atomic unit, all
   * durable when it resolves. A record, events with their `seq`, ids, epochs, keys and hashes, and the cut are as they
   * are given. Nothing is checked but what follows, hashes neither: `verify` proves the chain.
   *
   * When a piece is refused, pieces in front of it may be stored, and none behind. Refusals, in this order: a piece that is not as `RunImport` says, or whose
   * events have hashes although the run here has no chain, or none although it has one (INPUT_INVALID); `expectedSeq`
   * is 0 and the run is here (RUN_EXISTS), or is not and the run is not here (RUN_NOT_FOUND) or at another
   * `lastSeq` (SEQ_CONFLICT); the run that it was forked from is not here (RUN_NOT_FOUND); its key
   * created another run (RUN_EXISTS). Any other rejection leaves the outcome unknown, as that of `append` does.
   *
   * Afterwards the run is as if it had been written here: keys answer `repeat`, `read` answers the same page, commits
   * go on from there, lists have it in the order of the imports of first pieces, and watches tell of it.
   */
  import(pieces: readonly RunImport[]): Promise<void>;
  get(runId: string): Promise<RunRecord | undefined>;
  /** What the key recorded on this run (not the key that created it); undefined if it was not used. */
  findByKey(runId: string, idempotencyKey: string): Promise<readonly StoredEvent[] | undefined>;
  list(query: RunQuery): Promise<RunPage>;
  /** How many runs have each status that some run has. */
  countByStatus(query: CountQuery): Promise<Readonly<Record<string, number>>>;
  /** Runs that want to be driven and that nobody owns, those that were due first at the front. */
  due(query: DueQuery): Promise<RunPage>;
  /** The owners of runs, each once, dead ones too. */
  owners(): Promise<readonly string[]>;
  /**
   * Forgets the events up to and including `throughSeq`; `base` is the snapshot after them. Nothing
   * else of the run changes. What is cut already stays cut: a cut through less changes nothing. The
   * last event of a run is never cut: a cut through it, or beyond, is INPUT_INVALID. A key is unknown
   * as soon as one of its events was cut; the key of the creation stays known, and a repeat of it then
   * answers with no events. An unknown run rejects with RUN_NOT_FOUND.
   */
  cut(runId: string, throughSeq: number, base: string): Promise<void>;
  /** What became of runs that are not here any more. */
  goneRuns(): Promise<GoneRuns>;
  /** A text that is the same in every process that shares the data, and that nobody else knows. */
  secret(): Promise<string>;
  /**
   * Calls `onChange` with the ids of runs that somebody else may have written to. Over-reporting is
   * allowed, missing one is not. Answers a function that ends the watch.
   */
  watch(onChange: (runIds: readonly string[]) => void): () => void;
  /** Makes `ownerId` alive for every process that shares the data. One that is alive: STORE_BUSY. */
  enlist(ownerId: string): Promise<OwnerLease>;
  isAlive(ownerId: string): Promise<boolean>;
}
