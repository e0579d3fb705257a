import type {
  Checkpoint,
  CheckpointDraft,
  Checkpointer,
  CheckpointKey,
  CheckpointLine,
  CheckpointMeta,
} from '../checkpointer.ts';
import { reading } from './connection.ts';
import type { CurrentConnection } from './connection.ts';

/** Checkpoints in a SQLite file, the values of each as one JSON text. */
export class SqliteCheckpointer implements Checkpointer {
  readonly #current: CurrentConnection;

  constructor(current: CurrentConnection) {
    this.#current = current;
  }

  async save(draft: CheckpointDraft): Promise<CheckpointMeta> {
    const { values, definition, runId, superStep, label, createdAtMs } = draft;
    const meta = { definition, runId, superStep, label, createdAtMs };
    return this.#current().writer.run({ kind: 'checkpoint', meta, values: JSON.stringify(values) });
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

  async delete({ definition, runId }: CheckpointLine): Promise<void> {
    await this.#current().writer.run({ kind: 'forget', line: { definition, runId } });
  }
}
