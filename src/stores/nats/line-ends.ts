import type { CheckpointLine, CheckpointMeta } from '../checkpointer.ts';

/** A checkpoint that others may build on. */
export interface LastSaved {
  readonly meta: CheckpointMeta;
  readonly room: number;
  readonly chain: readonly number[];
  /** The sequence of its message. */
  readonly at: number;
}

/** What a line of checkpoints ends with. */
export interface LineEnd {
  /** The sequence of its last message; 0: there is none. */
  readonly seq: number;
  readonly highest: number | undefined;
  /** What was saved last; undefined when it is not known here. */
  readonly last: LastSaved | undefined;
}

const MAX_LINES = 2_000;

/** How lines ended when this process wrote to them last. It may be wrong by now, and the server tells. */
export class LineEnds {
  readonly #ends = new Map<string, LineEnd>();

  get(line: CheckpointLine): LineEnd | undefined {
    return this.#ends.get(keyOf(line));
  }

  put(line: CheckpointLine, end: LineEnd): void {
    const key = keyOf(line);
    this.#ends.delete(key);
    this.#ends.set(key, end);
    if (this.#ends.size <= MAX_LINES) return;
    for (const oldest of this.#ends.keys()) {
      this.#ends.delete(oldest);
      break;
    }
  }

  forget(line: CheckpointLine): void {
    this.#ends.delete(keyOf(line));
  }
}

function keyOf({ definition, runId }: CheckpointLine): string {
  return JSON.stringify([definition, runId]);
}
