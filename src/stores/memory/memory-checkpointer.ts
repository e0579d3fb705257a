import { patchLink, readChain, refuseBase, wholeLink } from '../checkpoint-chain.ts';
import type { Link } from '../checkpoint-chain.ts';
import type {
  Checkpoint,
  CheckpointDraft,
  Checkpointer,
  CheckpointKey,
  CheckpointLine,
  CheckpointMeta,
  CheckpointRef,
  ImportedCheckpoint,
  WriteGuard,
} from '../checkpointer.ts';
import type { MemoryFence, OpenGuard } from './memory.ts';

interface Entry {
  readonly meta: CheckpointMeta;
  readonly link: Link;
  /** What a patch builds on; undefined for whole values. */
  readonly base: Entry | undefined;
}

/** Checkpoints per run, kept in order of super-step, then version, as text that nobody else can change. */
export class MemoryCheckpointer implements Checkpointer {
  readonly #assertOpen: OpenGuard;
  readonly #fence: MemoryFence;
  readonly #lines = new Map<string, Entry[]>();

  constructor(assertOpen: OpenGuard, fence: MemoryFence) {
    this.#assertOpen = assertOpen;
    this.#fence = fence;
  }

  async save(draft: CheckpointDraft, guard?: WriteGuard): Promise<CheckpointMeta> {
    this.#assertOpen();
    const { definition, runId, superStep, label, createdAtMs, values, change } = draft;
    this.#fence(runId, guard?.expectedEpoch);
    const entries = this.#line(draft);
    const from = change && (find(entries, change.from) ?? refuseBase(draft, change.from));
    const link =
      change === undefined || from === undefined
        ? wholeLink(JSON.stringify(values))
        : patchLink(JSON.stringify(change.patch), from.link.room, () => textsOf(from));
    // Saves come mostly in ascending order: looking from the end finds the place at once.
    const before = entries.findLastIndex(({ meta }) => meta.superStep <= superStep);
    const last = entries[before]?.meta;
    const version = last?.superStep === superStep ? last.version + 1 : 1;
    const meta: CheckpointMeta = { definition, runId, superStep, version, label, createdAtMs };
    entries.splice(before + 1, 0, { meta, link, base: link.isWhole ? undefined : from });
    this.#lines.set(lineKey(draft), entries);
    return { ...meta };
  }

  async load(key: CheckpointKey): Promise<Checkpoint | undefined> {
    this.#assertOpen();
    const { superStep, version } = key;
    const ofStep = this.#line(key).filter(({ meta }) => meta.superStep === superStep);
    return read(ofStep.findLast(({ meta }) => version === undefined || meta.version === version));
  }

  async latest(line: CheckpointLine): Promise<Checkpoint | undefined> {
    this.#assertOpen();
    return read(this.#line(line).at(-1));
  }

  async list(line: CheckpointLine): Promise<readonly CheckpointMeta[]> {
    this.#assertOpen();
    return this.#line(line).map(({ meta }) => ({ ...meta }));
  }

  async lines(runId: string): Promise<readonly CheckpointLine[]> {
    this.#assertOpen();
    const firsts = [...this.#lines.values()].flatMap(([first]) => first ?? []);
    return firsts
      .filter(({ meta }) => meta.runId === runId)
      .map(({ meta: { definition } }) => ({ definition, runId }));
  }

  async import(checkpoints: readonly ImportedCheckpoint[]): Promise<void> {
    this.#assertOpen();
    for (const { version, ...draft } of checkpoints) {
      const { superStep } = draft;
      if (find(this.#line(draft), { superStep, version }) === undefined) await this.save(draft);
    }
  }

  async delete(line: CheckpointLine): Promise<void> {
    this.#assertOpen();
    this.#lines.delete(lineKey(line));
  }

  /** Deletes all lines of a run. */
  forget(runId: string): void {
    for (const [key, [first]] of this.#lines)
      if (first?.meta.runId === runId) this.#lines.delete(key);
  }

  #line(line: CheckpointLine): Entry[] {
    return this.#lines.get(lineKey(line)) ?? [];
  }
}

function lineKey({ definition, runId }: CheckpointLine): string {
  return JSON.stringify([definition, runId]);
}

function find(entries: readonly Entry[], ref: CheckpointRef): Entry | undefined {
  return entries.findLast(
    ({ meta }) => meta.superStep === ref.superStep && meta.version === ref.version,
  );
}

/** The texts of the chain that ends here, oldest first. */
function textsOf(end: Entry): readonly string[] {
  const texts: string[] = [];
  for (let entry: Entry | undefined = end; entry !== undefined; entry = entry.base) {
    texts.push(entry.link.vals);
  }
  return texts.toReversed();
}

function read(entry: Entry | undefined): Checkpoint | undefined {
  return entry && { ...entry.meta, values: readChain(textsOf(entry)) };
}
