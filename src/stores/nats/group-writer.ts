import { BatchGain } from './batch-gain.ts';
import { type Draft, type Journal, MAX_BATCH, type Written } from './journal.ts';

/** Characters of the bodies that go together: what one batch keeps in the memory of a server. */
const MAX_CHARACTERS = 4 * 1024 * 1024;
/** A body that is longer may need several messages: it goes alone. */
const MAX_BODY = 64 * 1024;

type Refused = Extract<Written, { kind: 'conflict' }>;

interface Waiting {
  readonly drafts: readonly Draft[];
  readonly resolve: (written: Written | Promise<Written>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes that are asked for in one turn of the event loop go as one atomic batch if there are many: with
 * `sync_interval: always` the server flushes for each message that comes alone, and a few times for a batch, whatever
 * its size. When one of a batch is refused all of it is: those that others were ahead of are told so, and the rest
 * goes once more. They MUST NOT concern the same subjects.
 */
export class GroupWriter {
  readonly #journal: Pick<Journal, 'write'>;
  readonly #isClustered: boolean;
  readonly #gain = new BatchGain();
  #waiting: Waiting[] = [];

  constructor(journal: Pick<Journal, 'write'>, isClustered: boolean) {
    this.#journal = journal;
    this.#isClustered = isClustered;
  }

  /** As Journal.write. */
  write(drafts: readonly Draft[]): Promise<Written> {
    if (drafts.some(({ body }) => body.length > MAX_BODY)) return this.#journal.write(drafts);
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#leave());
      this.#waiting.push({ drafts, resolve, reject });
    });
  }

  #leave(): void {
    let group: Waiting[] = [];
    let messages = 0;
    let characters = 0;
    for (const one of this.#waiting.splice(0)) {
      const size = one.drafts.reduce((sum, { body }) => sum + body.length, 0);
      if (messages + one.drafts.length > MAX_BATCH || characters + size > MAX_CHARACTERS) {
        void this.#send(group);
        [group, messages, characters] = [[], 0, 0];
      }
      group.push(one);
      messages += one.drafts.length;
      characters += size;
    }
    void this.#send(group);
  }

  #send(group: readonly Waiting[]): Promise<void> {
    return this.#gain.pays(group.length) ? this.#sendTogether(group) : this.#sendAlone(group);
  }

  async #sendAlone(group: readonly Waiting[]): Promise<void> {
    const startMs = performance.now();
    const writes = group.map(({ drafts, resolve }) => {
      const written = this.#journal.write(drafts);
      resolve(written);
      return written;
    });
    const all = await Promise.allSettled(writes);
    const areStored = all.every((one) => one.status === 'fulfilled' && one.value.kind === 'stored');
    if (areStored) this.#gain.tookAlone(group.length, performance.now() - startMs);
  }

  async #sendTogether(group: readonly Waiting[]): Promise<void> {
    const startMs = performance.now();
    try {
      const written = await this.#journal.write(group.flatMap(({ drafts }) => drafts));
      if (written.kind === 'stored') {
        this.#gain.tookAsBatch(performance.now() - startMs);
        let at = 0;
        for (const { drafts, resolve } of group) {
          resolve({ kind: 'stored', seqs: written.seqs.slice(at, at + drafts.length) });
          at += drafts.length;
        }
      } else if (group.length > 1 && (written.isSettled || !this.#isClustered)) {
        // It is certain that the batch is never stored.
        await this.#part(group, written);
      } else for (const { resolve } of group) resolve(written);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  /** Sends on what can be stored yet of a group that was refused. */
  async #part(group: readonly Waiting[], refused: Refused): Promise<void> {
    const { overtaken } = refused;
    const isLate = ({ drafts }: Waiting): boolean => drafts.some((draft) => overtaken.has(draft));
    const late = group.filter(isLate);
    for (const { resolve } of late) resolve(refused);
    const rest = group.filter((one) => !isLate(one));
    if (rest.length === 0) return;
    // Where none is late it is not known who was: each finds out by itself.
    await (late.length > 0 ? this.#send(rest) : this.#sendAlone(rest));
  }
}
