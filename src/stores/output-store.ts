import type { Json } from '../json.ts';
import type { WriteGuard } from './checkpointer.ts';

/** What an output holds: the value itself, or a file kept elsewhere under its digest. */
export type OutputContent =
  | { readonly kind: 'inline'; readonly value: Json }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly mime?: string;
      /** Bytes. */
      readonly size: number;
      readonly sha256: string;
    };

export type OutputEvent =
  | { readonly type: 'progress'; readonly stage: string; readonly note?: string }
  | { readonly type: 'partial'; readonly chunk: OutputContent }
  | { readonly type: 'artifact'; readonly name: string; readonly content: OutputContent }
  | { readonly type: 'final'; readonly content: OutputContent; readonly ok: boolean };

export type OutputKind = OutputEvent['type'];

/** One thing that a run gave out. */
export interface OutputRecord {
  readonly id: string;
  readonly runId: string;
  /** What the output is for; attempts are counted per task. */
  readonly taskId: string;
  readonly attempt: number;
  /** Who gave it out; "latest by name" goes by producer. */
  readonly producer: string;
  readonly event: OutputEvent;
  /** The outputs that this one was made from. They MUST exist. */
  readonly parentRefs: readonly string[];
  readonly createdAtMs: number;
}

export interface OutputQuery {
  /** Without it those of all runs, in the order in which the store got them. */
  readonly runId?: string;
  /** Only outputs that come after this one in the order of the list. */
  readonly afterId?: string;
  readonly limit: number;
  /** Newest first. */
  readonly reverse?: boolean;
}

/**
 * The records of the output store, in order of insertion.
 *
 * - `append` is durable when it resolves. It refuses a parent that does not exist (`OUTPUT_NOT_FOUND`)
 *   a second `final` of one `(taskId, attempt)` (`ATTEMPT_CLOSED`) and an id that exists
 *   (`OUTPUT_EXISTS`, checked before the other two), and then stores nothing.
 * - `get` of an unknown id rejects with `OUTPUT_NOT_FOUND`; the look-ups by name answer undefined.
 * - `latest...` answers the newest record, within one run unless `runId` is left out.
 * - `import` adds records of another store one after the other, as they are given: those that are newer
 *   are after the older ones in every list. A record whose id exists is left alone, whatever it holds, so
 *   that an import can be repeated. Parents are not looked for, as they may have been pruned there. A second
 *   `final` of an attempt is refused (`ATTEMPT_CLOSED`); then some of the records in front of the refused
 *   one may be stored, and none behind it.
 */
export interface OutputStore {
  append(record: OutputRecord, guard?: WriteGuard): Promise<void>;
  import(records: readonly OutputRecord[]): Promise<void>;
  get(id: string): Promise<OutputRecord>;
  latestByProducer(producer: string, scope?: OutputScope): Promise<OutputRecord | undefined>;
  latestByArtifact(name: string, scope?: OutputScope): Promise<OutputRecord | undefined>;
  listForAttempt(taskId: string, attempt: number): Promise<readonly OutputRecord[]>;
  list(query: OutputQuery): Promise<readonly OutputRecord[]>;
  /** Which of these digests some record refers to as a file. */
  usedBlobs(sha256s: readonly string[]): Promise<ReadonlySet<string>>;
}

export interface OutputScope {
  readonly runId?: string;
}
