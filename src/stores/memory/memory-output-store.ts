import { RunchartError } from '../../errors.ts';
import { checkLimit } from '../check-query.ts';
import type { OutputQuery, OutputRecord, OutputScope, OutputStore } from '../output-store.ts';
import type { OpenGuard } from './memory.ts';

interface Entry {
  readonly position: number;
  readonly runId: string;
  readonly taskId: string;
  readonly attempt: number;
  readonly producer: string;
  readonly artifact: string | undefined;
  /** The record as text, so that neither writer nor reader can change what is stored. */
  readonly json: string;
}

/** Output records in order of insertion, with an index for each look-up. */
export class MemoryOutputStore implements OutputStore {
  readonly #assertOpen: OpenGuard;
  readonly #byId = new Map<string, Entry>();
  readonly #byAttempt = new Map<string, Entry[]>();
  readonly #byRun = new Map<string, Entry[]>();
  readonly #byProducer = new Map<string, Entry[]>();
  readonly #byArtifact = new Map<string, Entry[]>();
  readonly #closed = new Set<string>();

  constructor(assertOpen: OpenGuard) {
    this.#assertOpen = assertOpen;
  }

  get count(): number {
    return this.#byId.size;
  }

  async append(record: OutputRecord): Promise<void> {
    this.#assertOpen();
    const { id, runId, taskId, attempt, producer, event } = record;
    const attemptKey = JSON.stringify([taskId, attempt]);
    if (this.#byId.has(id)) {
      throw new RunchartError(
        'OUTPUT_INVALID',
        `There is an output ${id} already; ids are used once.`,
      );
    }
    for (const parent of record.parentRefs) this.#find(parent);
    if (event.type === 'final' && this.#closed.has(attemptKey)) {
      throw new RunchartError(
        'ATTEMPT_CLOSED',
        `Attempt ${attempt} of task ${taskId} has its final output already; start another attempt.`,
      );
    }
    const artifact = event.type === 'artifact' ? event.name : undefined;
    const json = JSON.stringify(record);
    const entry = { position: this.#byId.size, runId, taskId, attempt, producer, artifact, json };
    this.#byId.set(id, entry);
    push(this.#byAttempt, attemptKey, entry);
    push(this.#byRun, runId, entry);
    push(this.#byProducer, producer, entry);
    if (artifact !== undefined) push(this.#byArtifact, artifact, entry);
    if (event.type === 'final') this.#closed.add(attemptKey);
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

  async list({ runId, afterId, limit }: OutputQuery): Promise<readonly OutputRecord[]> {
    this.#assertOpen();
    checkLimit(limit);
    const after = afterId === undefined ? -1 : this.#find(afterId).position;
    const entries = this.#byRun.get(runId) ?? [];
    return entries
      .filter(({ position }) => position > after)
      .slice(0, limit)
      .map(parse);
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
