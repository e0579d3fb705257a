import { setTimeout as sleep } from 'node:timers/promises';
import { RunchartError } from '../../errors.ts';
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
  WriteGuard,
} from '../checkpointer.ts';
import { checkFence } from '../write-fence.ts';
import type { Connection, Use } from './connection.ts';
import type { StoredMessage } from './journal-reader.ts';
import { bodyOf } from './stored-body.ts';
import { guardOf } from './write-guard.ts';

/** A checkpoint as it is stored. */
interface Saved {
  readonly meta: CheckpointMeta;
  readonly link: Link;
  /** The messages that `link` builds on, from the whole one on. */
  readonly chain: readonly number[];
}

/** What is kept of each save of a line beside it, to say what there is. */
interface LineEntry {
  readonly meta: CheckpointMeta;
  /** The highest super-step so far. */
  readonly highest: number;
}

const PAUSE_MS = 2;

/**
 * Checkpoints, one message each on the subject of their super-step, and in the same batch a small one on that of
 * their line, by which saves of one line follow each other whoever makes them.
 */
export class NatsCheckpointer implements Checkpointer {
  readonly #use: Use;

  constructor(use: Use) {
    this.#use = use;
  }

  save(draft: CheckpointDraft, guard?: WriteGuard): Promise<CheckpointMeta> {
    return this.#use((connection) =>
      connection.lanes.run([`line ${JSON.stringify([draft.definition, draft.runId])}`], () =>
        save(connection, draft, guard),
      ),
    );
  }

  load({ runId, definition, superStep }: CheckpointKey): Promise<Checkpoint | undefined> {
    return this.#use((connection) => loadLast(connection, { runId, definition }, superStep));
  }

  latest(line: CheckpointLine): Promise<Checkpoint | undefined> {
    return this.#use(async (connection) => {
      const entry = await entryOf(connection, line);
      return entry && loadLast(connection, line, entry.entry.highest);
    });
  }

  list({ runId, definition }: CheckpointLine): Promise<readonly CheckpointMeta[]> {
    return this.#use(async ({ journal, subjects }) => {
      const metas: CheckpointMeta[] = [];
      for await (const message of journal.all(subjects.checkpoints.line(runId, definition))) {
        metas.push((await bodyOf<LineEntry>(journal, message)).meta);
      }
      return metas.toSorted((a, b) => a.superStep - b.superStep || a.version - b.version);
    });
  }

  delete({ runId, definition }: CheckpointLine): Promise<void> {
    return this.#use(async ({ journal, subjects }) => {
      const { checkpoints } = subjects;
      // What is saved from now on stays.
      const before = (await journal.state()).lastSeq + 1;
      await journal.purge(checkpoints.line(runId, definition), before);
      await journal.purge(checkpoints.steps(runId, definition), before);
    });
  }
}

async function save(
  connection: Connection,
  draft: CheckpointDraft,
  guard: WriteGuard | undefined,
): Promise<CheckpointMeta> {
  const { journal, subjects, settings } = connection;
  const { definition, runId, superStep, label, createdAtMs } = draft;
  const { checkpoints } = subjects;
  const subject = checkpoints.step(runId, definition, superStep);
  for (const endMs = performance.now() + settings.busyLimitMs; ;) {
    const held = await guardOf(connection, runId, guard);
    checkFence(runId, held.hold, guard?.expectedEpoch);
    const entry = await entryOf(connection, draft);
    const last = entry === undefined ? undefined : await journal.last(subject);
    const before = last && (await bodyOf<Saved>(journal, last)).meta.version;
    const { link, chain } = await linkOf(connection, draft);
    const version = (before ?? 0) + 1;
    const meta: CheckpointMeta = { definition, runId, superStep, version, label, createdAtMs };
    const saved: Saved = { meta, link, chain };
    const highest = Math.max(superStep, entry?.entry.highest ?? superStep);
    const written = await journal.write([
      {
        subject,
        body: JSON.stringify(saved),
        partsSubject: subjects.parts(runId),
        ...held.draft,
      },
      {
        subject: checkpoints.line(runId, definition),
        body: JSON.stringify({ meta, highest } satisfies LineEntry),
        expect: { seq: entry?.seq ?? 0 },
      },
    ]);
    if (written.kind === 'stored') return meta;
    if (performance.now() > endMs) {
      throw new RunchartError(
        'STORE_BUSY',
        `Checkpoint ${superStep} of run ${runId} could not be stored: others write to the run all the time; try again.`,
      );
    }
    await sleep(PAUSE_MS);
  }
}

/** The values, or what changed since the checkpoint that the draft names. */
async function linkOf(
  connection: Connection,
  draft: CheckpointDraft,
): Promise<Pick<Saved, 'link' | 'chain'>> {
  const { values, change } = draft;
  const whole = (): Pick<Saved, 'link' | 'chain'> => ({
    link: wholeLink(JSON.stringify(values)),
    chain: [],
  });
  if (change === undefined) return whole();
  const from = await find(connection, draft, change.from);
  if (from === undefined) return refuseBase(draft, change.from);
  // Not from the texts of the chain, which would have to be read: they come to the same values.
  const link = patchLink(JSON.stringify(change.patch), from.saved.link.room, () => [
    JSON.stringify(values),
    '[]',
  ]);
  return link.isWhole ? whole() : { link, chain: [...from.saved.chain, from.seq] };
}

async function entryOf(
  { journal, subjects }: Connection,
  { runId, definition }: CheckpointLine,
): Promise<{ readonly entry: LineEntry; readonly seq: number } | undefined> {
  const message = await journal.last(subjects.checkpoints.line(runId, definition));
  if (message === undefined) return undefined;
  return { entry: await bodyOf<LineEntry>(journal, message), seq: message.seq };
}

/** One version of a super-step. It is mostly the last one. */
async function find(
  { journal, subjects }: Connection,
  { runId, definition }: CheckpointLine,
  { superStep, version }: CheckpointRef,
): Promise<{ readonly saved: Saved; readonly seq: number } | undefined> {
  const subject = subjects.checkpoints.step(runId, definition, superStep);
  const last = await journal.last(subject);
  if (last === undefined) return undefined;
  const saved = await bodyOf<Saved>(journal, last);
  if (saved.meta.version === version) return { saved, seq: last.seq };
  for await (const message of journal.all(subject)) {
    const other = await bodyOf<Saved>(journal, message);
    if (other.meta.version === version) return { saved: other, seq: message.seq };
  }
  return undefined;
}

async function loadLast(
  connection: Connection,
  { runId, definition }: CheckpointLine,
  superStep: number,
): Promise<Checkpoint | undefined> {
  const { journal, subjects } = connection;
  const message = await journal.last(subjects.checkpoints.step(runId, definition, superStep));
  if (message === undefined) return undefined;
  const { meta, link, chain } = await bodyOf<Saved>(journal, message);
  const before = await Promise.all(chain.map((seq) => journal.at(seq)));
  const texts = await Promise.all(before.map((one) => textOfLink(connection, one, meta)));
  return { ...meta, values: readChain([...texts, link.vals]) };
}

async function textOfLink(
  { journal }: Connection,
  message: StoredMessage | undefined,
  { superStep, runId }: CheckpointMeta,
): Promise<string> {
  if (message !== undefined) return (await bodyOf<Saved>(journal, message)).link.vals;
  throw new RunchartError(
    'STORE_CORRUPT',
    `A message that checkpoint ${superStep} of run ${runId} builds on is missing in the stream; restore it from a copy.`,
  );
}
