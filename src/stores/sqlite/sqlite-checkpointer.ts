import type {
  Checkpoint,
  CheckpointDraft,
  Checkpointer,
  CheckpointKey,
  CheckpointLine,
  CheckpointMeta,
  ImportedCheckpoint,
  WriteGuard,
} from '../checkpointer.ts';
import { reading } from './connection.ts';
import type { CurrentConnection } from './connection.ts';
import type { CheckpointRow } from './jobs.ts';

/** Checkpoints in a SQLite file: what is passed on, and mostly what is kept, is what changed. */
export class SqliteCheckpointer implements Checkpointer {
  readonly #current: CurrentConnection;

  constructor(current: CurrentConnection) {
    this.#current = current;
  }

  async save(draft: CheckpointDraft, guard?: WriteGuard): Promise<CheckpointMeta> {
    const row = rowOf(draft, guard?.expectedEpoch);
    return this.#current().writer.run({ kind: 'checkpoint', draft: row });
  }

  async load(key: CheckpointKey): Promise<Checkpoint | undefined> {
    return reading(() => this.#current().checkpoints.load(key));
  }

  async latest(line: CheckpointLine): Promise<Checkpoint | undefined> {
    return reading(() => this.#current().checkpoints.latest(line));
  }

  async list(line: CheckpointLine): Promise<readonly CheckpointMeta[]> {
    return reading(() => this.#current().checkpoints.list(line));
  }

  async lines(runId: string): Promise<readonly CheckpointLine[]> {
    return reading(() => this.#current().checkpoints.lines(runId));
  }

  async import(checkpoints: readonly ImportedCheckpoint[]): Promise<void> {
    const rows = checkpoints.map((one) => ({ row: rowOf(one), version: one.version }));
    await this.#current().writer.run({ kind: 'import-checkpoints', rows });
  }

  async delete({ definition, runId }: CheckpointLine): Promise<void> {
    await this.#current().writer.run({ kind: 'forget', line: { definition, runId } });
  }
}

function rowOf(draft: CheckpointDraft, expectedEpoch?: number): CheckpointRow {
  const { values, change, definition, runId, superStep, label, createdAtMs } = draft;
  return {
    meta: { definition, runId, superStep, label, createdAtMs },
    from: change?.from ?? null,
    vals: JSON.stringify(change?.patch ?? values),
    expectedEpoch,
  };
}
