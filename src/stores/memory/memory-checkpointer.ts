import type {
  Checkpoint,
  CheckpointDraft,
  Checkpointer,
  CheckpointKey,
  CheckpointLine,
  CheckpointMeta,
} from '../checkpointer.ts';
import type { OpenGuard } from './memory.ts';

interface Entry {
  readonly meta: CheckpointMeta;
  readonly valuesJson: string;
}

/** Checkpoints per run, kept in order of super-step, then version. */
export class MemoryCheckpointer implements Checkpointer {
  readonly #assertOpen: OpenGuard;
  readonly #lines = new Map<string, Entry[]>();

  constructor(assertOpen: OpenGuard) {
    this.#assertOpen = assertOpen;
  }

  async save({ values, ...draft }: CheckpointDraft): Promise<CheckpointMeta> {
    this.#assertOpen();
    const entries = this.#line(draft);
    // Saves come mostly in ascending order: looking from the end finds the place at once.
    const before = entries.findLastIndex(({ meta }) => meta.superStep <= draft.superStep);
    const last = entries[before]?.meta;
    const version = last?.superStep === draft.superStep ? last.version + 1 : 1;
    const meta: CheckpointMeta = { ...draft, version };
    entries.splice(before + 1, 0, { meta, valuesJson: JSON.stringify(values) });
    this.#lines.set(lineKey(draft), entries);
    return meta;
  }

  async load(key: CheckpointKey): Promise<Checkpoint | undefined> {
    this.#assertOpen();
    return parse(this.#line(key).findLast(({ meta }) => meta.superStep === key.superStep));
  }

  async latest(line: CheckpointLine): Promise<Checkpoint | undefined> {
    this.#assertOpen();
    return parse(this.#line(line).at(-1));
  }

  async list(line: CheckpointLine): Promise<readonly CheckpointMeta[]> {
    this.#assertOpen();
    return this.#line(line).map(({ meta }) => meta);
  }

  async delete(line: CheckpointLine): Promise<void> {
    this.#assertOpen();
    this.#lines.delete(lineKey(line));
  }

  #line(line: CheckpointLine): Entry[] {
    return this.#lines.get(lineKey(line)) ?? [];
  }
}

function lineKey({ definition, runId }: CheckpointLine): string {
  return JSON.stringify([definition, runId]);
}

function parse(entry: Entry | undefined): Checkpoint | undefined {
  if (entry === undefined) return undefined;
  return { ...entry.meta, values: JSON.parse(entry.valuesJson) as Checkpoint['values'] };
}
