import { RunchartError } from '../../errors.ts';
import { checkLimit } from '../check-query.ts';
import type { WriteGuard } from '../checkpointer.ts';
import { blobOf, outputExists } from '../output-rules.ts';
import type { OutputQuery, OutputRecord, OutputScope, OutputStore } from '../output-store.ts';
import type { MemoryFence, OpenGuard } from './memory.ts';

interface Entry {
  readonly position: number;
  readonly runId: string;
  readonly taskId: string;
  readonly attempt: number;
  readonly producer: string;
  readonly artifact: string | undefined;
  readonly blob: string | null;
  /** The record as text, so that neither writer nor reader can change what is stored. */
  readonly json: string;
}

/** Output records in order of insertion, with an index for each look-up. */
export class MemoryOutputStore implements OutputStore {
  readonly #assertOpen: OpenGuard;
  readonly #fence: MemoryFence;
  readonly #byId = new Map<string, Entry>();
  readonly #byAttempt = new Map<string, Entry[]>();
  readonly #byRun = new Map<string, Entry[]>();
  readonly #byProducer = new Map<string, Entry[]>();
  readonly #byArtifact = new Map<string, Entry[]>();
  readonly #closed = new Set<string>();
  #lastPosition = 0;

  constructor(assertOpen: OpenGuard, fence: MemoryFence) {
    this.#assertOpen = assertOpen;
    this.#fence = fence;
  }

  get count(): number {
    return this.#byId.size;
  }

  async append(record: OutputRecord, guard?: WriteGuard): Promise<void> {
    this.#assertOpen();
    if (this.#byId.has(record.id)) throw outputExists(record.id);
    this.#fence(record.runId, guard?.expectedEpoch);
    for (const parent of record.parentRefs) this.#find(parent);
    this.#add(record);
  }

  #add(record: OutputRecord): void {
    const { id, runId, taskId, attempt, producer, event } = record;
    const attemptKey = JSON.stringify([taskId, attempt]);
    if (event.type === 'final' && this.#closed.has(attemptKey)) {
      throw new RunchartError(
        'ATTEMPT_CLOSED',
        `Attempt ${attempt} of task ${taskId} has its final output already; start another attempt.`,
      );
    }
    const artifact = event.type === 'artifact' ? event.name : undefined;
    const json = JSON.stringify(record);
    const position = (this.#lastPosition += 1);
    const blob = blobOf(event);
    const entry = { position, runId, taskId, attempt, producer, artifact, blob, json };
    this.#byId.set(id, entry);
    push(this.#byAttempt, attemptKey, entry);
    push(this.#byRun, runId, entry);
    push(this.#byProducer, producer, entry);
    if (artifact !== undefined) push(this.#byArtifact, artifact, entry);
    if (event.type === 'final') this.#closed.add(attemptKey);
  }

  async import(records: readonly OutputRecord[]): Promise<void> {
    this.#assertOpen();
    for (const record of records) if (!this.#byId.has(record.id)) this.#add(record);
  }

  async get(id: string): Promise<OutputRecord> {
    this.#assertOpen();
    return parse(this.#find(id));
  }

  async latestByProducer(producer: string, scope?: OutputScope): Promise<OutputRecord | undefined> {
    this.#assertOpen();
    return newest(this.#byProducer.get(producer), scope);
  }

  async latestByArtifact(name: string, scope?: OutputScope): Promise<OutputRecord | undefined> {
    this.#assertOpen();
    return newest(this.#byArtifact.get(name), scope);
  }

  async listForAttempt(taskId: string, attempt: number): Promise<readonly OutputRecord[]> {
    this.#assertOpen();
    return (this.#byAttempt.get(JSON.stringify([taskId, attempt])) ?? []).map(parse);
  }

  async list(query: OutputQuery): Promise<readonly OutputRecord[]> {
    const { runId, afterId, limit, reverse = false } = query;
    this.#assertOpen();
    checkLimit(limit);
    const inOrder = runId === undefined ? [...this.#byId.values()] : (this.#byRun.get(runId) ?? []);
    const entries = reverse ? inOrder.toReversed() : inOrder;
    const after = afterId === undefined ? undefined : this.#find(afterId).position;
    const isAfter = (position: number): boolean =>
      after === undefined || (reverse ? position < after : position > after);
    return entries
      .filter(({ position }) => isAfter(position))
      .slice(0, limit)
      .map(parse);
  }

  async usedBlobs(sha256s: readonly string[]): Promise<ReadonlySet<string>> {
    this.#assertOpen();
    const wanted = new Set(sha256s);
    const used = new Set<string>();
    for (const { blob } of this.#byId.values()) if (blob && wanted.has(blob)) used.add(blob);
    return used;
  }

  /** Deletes all that a run gave out. */
  forget(runId: string): void {
    for (const { json } of this.#byRun.get(runId) ?? []) {
      const { id, taskId, attempt, event } = JSON.parse(json) as OutputRecord;
      this.#byId.delete(id);
      if (event.type === 'final') this.#closed.delete(JSON.stringify([taskId, attempt]));
    }
    this.#byRun.delete(runId);
    for (const index of [this.#byAttempt, this.#byProducer, this.#byArtifact]) {
      for (const [key, entries] of index) {
        const kept = entries.filter((entry) => entry.runId !== runId);
        if (kept.length === 0) index.delete(key);
        else if (kept.length < entries.length) index.set(key, kept);
      }
    }
  }

  #find(id: string): Entry {
    const entry = this.#byId.get(id);
    if (entry === undefined) {
      throw new RunchartError('OUTPUT_NOT_FOUND', `There is no output ${id} in this store.`);
    }
    return entry;
  }
}

function newest(entries: readonly Entry[] = [], scope: OutputScope = {}): OutputRecord | undefined {
  const entry = entries.findLast(({ runId }) => scope.runId === undefined || scope.runId === runId);
  return entry && parse(entry);
}

function push(index: Map<string, Entry[]>, key: string, entry: Entry): void {
  const entries = index.get(key);
  if (entries === undefined) index.set(key, [entry]);
  else entries.push(entry);
}

function parse({ json }: Entry): OutputRecord {
  return JSON.parse(json) as OutputRecord;
}
