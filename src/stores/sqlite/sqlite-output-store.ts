import type { WriteGuard } from '../checkpointer.ts';
import { blobOf } from '../output-rules.ts';
import type { OutputQuery, OutputRecord, OutputScope, OutputStore } from '../output-store.ts';
import { reading } from './connection.ts';
import type { CurrentConnection } from './connection.ts';
import { checkLimit } from '../check-query.ts';
import type { OutputDraft } from './jobs.ts';

/** The records of outputs in a SQLite file. */
export class SqliteOutputStore implements OutputStore {
  readonly #current: CurrentConnection;

  constructor(current: CurrentConnection) {
    this.#current = current;
  }

  async append(record: OutputRecord, guard?: WriteGuard): Promise<void> {
    const output = draftOf(record, guard?.expectedEpoch);
    await this.#current().writer.run({ kind: 'output', output });
  }

  async import(records: readonly OutputRecord[]): Promise<void> {
    const outputs = records.map((record) => draftOf(record));
    await this.#current().writer.run({ kind: 'import-outputs', outputs });
  }

  async get(id: string): Promise<OutputRecord> {
    return reading(() => this.#current().outputs.get(id));
  }

  async latestByProducer(producer: string, scope?: OutputScope): Promise<OutputRecord | undefined> {
    return reading(() => this.#current().outputs.latestByProducer(producer, scope));
  }

  async latestByArtifact(name: string, scope?: OutputScope): Promise<OutputRecord | undefined> {
    return reading(() => this.#current().outputs.latestByArtifact(name, scope));
  }

  async listForAttempt(taskId: string, attempt: number): Promise<readonly OutputRecord[]> {
    return reading(() => this.#current().outputs.listForAttempt(taskId, attempt));
  }

  async list(query: OutputQuery): Promise<readonly OutputRecord[]> {
    checkLimit(query.limit);
    return reading(() => this.#current().outputs.list(query));
  }

  async usedBlobs(sha256s: readonly string[]): Promise<ReadonlySet<string>> {
    return reading(() => this.#current().outputs.usedBlobs(sha256s));
  }
}

function draftOf(record: OutputRecord, expectedEpoch?: number): OutputDraft {
  const { id, runId, taskId, attempt, producer, event, parentRefs, createdAtMs } = record;
  return {
    id,
    runId,
    taskId,
    attempt,
    producer,
    kind: event.type,
    artifact: event.type === 'artifact' ? event.name : null,
    blob: blobOf(event),
    createdAtMs,
    parents: parentRefs,
    event: JSON.stringify(event),
    expectedEpoch,
  };
}
