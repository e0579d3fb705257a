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
import type { CurrentConnection } from './connection.ts';

/** Checkpoints in Postgres. */
export class PostgresCheckpointer implements Checkpointer {
  readonly #current: CurrentConnection;

  constructor(current: CurrentConnection) {
    this.#current = current;
  }

  async save(draft: CheckpointDraft, guard?: WriteGuard): Promise<CheckpointMeta> {
    return this.#current().writing([draft.runId], ({ checkpoints }) =>
      checkpoints.save(draft, guard),
    );
  }

  async load(key: CheckpointKey): Promise<Checkpoint | undefined> {
    return this.#current().calling(({ checkpoints }) => checkpoints.load(key));
  }

  async latest(line: CheckpointLine): Promise<Checkpoint | undefined> {
    return this.#current().calling(({ checkpoints }) => checkpoints.latest(line));
  }

  async list(line: CheckpointLine): Promise<readonly CheckpointMeta[]> {
    return this.#current().calling(({ checkpoints }) => checkpoints.list(line));
  }

  async lines(runId: string): Promise<readonly CheckpointLine[]> {
    return this.#current().calling(({ checkpoints }) => checkpoints.lines(runId));
  }

  async import(imported: readonly ImportedCheckpoint[]): Promise<void> {
    const runIds = imported.map(({ runId }) => runId);
    await this.#current().writing(runIds, ({ checkpoints }) => checkpoints.import(imported));
  }

  async delete(line: CheckpointLine): Promise<void> {
    await this.#current().writing([line.runId], ({ checkpoints }) => checkpoints.delete(line));
  }
}
