import { RunchartError } from '../../errors.ts';
import { checkLimit } from '../check-query.ts';
import type { WriteGuard } from '../checkpointer.ts';
import type { OutputQuery, OutputRecord, OutputScope, OutputStore } from '../output-store.ts';
import type { CurrentConnection } from './connection.ts';

/** The records of outputs in Postgres. */
export class PostgresOutputStore implements OutputStore {
  readonly #current: CurrentConnection;

  constructor(current: CurrentConnection) {
    this.#current = current;
  }

  async append(record: OutputRecord, guard?: WriteGuard): Promise<void> {
    await this.#current().writing([record.runId], ({ outputs }) => outputs.append(record, guard));
  }

  async import(records: readonly OutputRecord[]): Promise<void> {
    const runIds = records.map(({ runId }) => runId);
    await this.#current().writing(runIds, ({ outputs }) => outputs.import(records));
  }

  async get(id: string): Promise<OutputRecord> {
    const found = await this.#current().calling(({ outputs }) => outputs.get(id));
    if (found !== undefined) return found;
    throw new RunchartError('OUTPUT_NOT_FOUND', `There is no output ${id} in this store.`);
  }

  async latestByProducer(producer: string, scope?: OutputScope): Promise<OutputRecord | undefined> {
    return this.#current().calling(({ outputs }) => outputs.latest('producer', producer, scope));
  }

  async latestByArtifact(name: string, scope?: OutputScope): Promise<OutputRecord | undefined> {
    return this.#current().calling(({ outputs }) => outputs.latest('artifact', name, scope));
  }

  async listForAttempt(taskId: string, attempt: number): Promise<readonly OutputRecord[]> {
    return this.#current().calling(({ outputs }) => outputs.listForAttempt(taskId, attempt));
  }

  async list(query: OutputQuery): Promise<readonly OutputRecord[]> {
    checkLimit(query.limit);
    return this.#current().calling(({ outputs }) => outputs.list(query));
  }

  async usedBlobs(sha256s: readonly string[]): Promise<ReadonlySet<string>> {
    return this.#current().calling(({ outputs }) => outputs.usedBlobs(sha256s));
  }
}
