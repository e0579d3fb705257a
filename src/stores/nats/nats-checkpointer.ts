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
  ImportedCheckpoint,
  WriteGuard,
} from '../checkpointer.ts';
import { checkFence } from '../write-fence.ts';
import type { Connection, Use } from './connection.ts';
import type { StoredMessage } from './journal-reader.ts';
import { bodyOf } from './stored-body.ts';
import { freshGuard, isFenced, knownGuard } from './write-guard.ts';
import type { LastSaved, LineEnd } from './line-ends.ts';

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
    const names = [nameOf(draft)];
    if (guard?.expectedEpoch !== undefined) names.push(`run ${draft.runId}`);
    const texts = textsOf(draft);
    return this.#use((connection) =>
      connection.lanes.run(names, async () => {
        const meta = await save(connection, draft, texts, guard);
        if (meta === undefined) throw new TypeError('Expected a checkpoint that was saved');
        return meta;
      }),
    );
  }

  import(checkpoints: readonly ImportedCheckpoint[]): Promise<void> {
    const all = checkpoints.map((draft) => ({ draft, texts: textsOf(draft) }));
    return this.#use((connection) =>
      connection.lanes.run([...new Set(checkpoints.map(nameOf))], async () => {
        for (const { draft, texts } of all) {
          await save(connection, draft, texts, undefined, draft.version);
        }
      }),
    );
  }

  load({ superStep, version, ...line }: CheckpointKey): Promise<Checkpoint | undefined> {
    return this.#use(async (connection) => {
      if (version === undefined) return loadLast(connection, line, superStep);
      const found = await find(connection, line, { superStep, version });
      const message = found && (await connection.journal.at(found.at));
      return message && loadMessage(connection, message);
    });
  }

  lines(runId: string): Promise<readonly CheckpointLine[]> {
    return this.#use(async ({ journal, subjects }) => {
      const definitions = new Set<string>();
      for await (const message of journal.all(subjects.checkpoints.lines(runId))) {
        definitions.add((await bodyOf<LineEntry>(journal, message)).meta.definition);
      }
      return [...definitions].map((definition) => ({ definition, runId }));
    });
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

  delete(line: CheckpointLine): Promise<void> {
    const { runId, definition } = line;
    return this.#use((connection) =>
      connection.lanes.run([nameOf(line)], async () => {
        const { journal, subjects, lines } = connection;
        lines.forget(line);
        // What others save from now on stays.
        const before = (await journal.state()).lastSeq + 1;
        await journal.purge(subjects.checkpoints.line(runId, definition), before);
        await journal.purge(subjects.checkpoints.steps(runId, definition), before);
      }),
    );
  }
}

function nameOf({ definition, runId }: CheckpointLine): string {
  return `line ${JSON.stringify([definition, runId])}`;
}

/** What is to be stored, as it is at the time of the call. */
interface Texts {
  readonly values: string;
  readonly patch: string | undefined;
}

function textsOf({ values, change }: CheckpointDraft): Texts {
  return change === undefined
    ? { values: JSON.stringify(values), patch: undefined }
    : { values: '', patch: JSON.stringify(change.patch) };
}

/** With `wanted` it answers undefined when that version is there already. */
async function save(
  connection: Connection,
  draft: CheckpointDraft,
  texts: Texts,
  guard: WriteGuard | undefined,
  wanted?: number,
): Promise<CheckpointMeta | undefined> {
  const { journal, subjects, settings, lines } = connection;
  const { definition, runId, superStep, label, createdAtMs } = draft;
  const { checkpoints } = subjects;
  // What was saved here last is mostly what the line ends with, and the server checks that it is.
  let end: LineEnd | undefined = lines.get(draft);
  let held = knownGuard(connection, runId, guard);
  for (const endMs = performance.now() + settings.busyLimitMs; ;) {
    if (isFenced(held, guard)) held = await freshGuard(connection, runId, guard);
    checkFence(runId, held.hold, guard?.expectedEpoch);
    end ??= await readEnd(connection, draft);
    const version = (await versionOf(connection, draft, end)) + 1;
    if (wanted !== undefined && wanted < version) return undefined;
    const { link, chain } = await linkOf(connection, draft, texts, end);
    const meta: CheckpointMeta = { definition, runId, superStep, version, label, createdAtMs };
    const saved: Saved = { meta, link, chain };
    const highest = Math.max(superStep, end.highest ?? superStep);
    const written = await journal.write([
      {
        subject: checkpoints.step(runId, definition, superStep),
        body: JSON.stringify(saved),
        partsSubject: subjects.parts(runId),
        ...held.draft,
      },
      {
        subject: checkpoints.line(runId, definition),
        body: JSON.stringify({ meta, highest } satisfies LineEntry),
        expect: { seq: end.seq },
      },
    ]);
    if (written.kind === 'stored') {
      const [at = 0, seq = 0] = written.seqs;
      const last = { meta, room: link.room, chain, at };
      lines.put(draft, { seq, highest, last });
      return meta;
    }
    if (performance.now() > endMs) {
      throw new RunchartError(
        'STORE_BUSY',
        `Checkpoint ${superStep} of run ${runId} could not be stored: others write to the run all the time; try again.`,
      );
    }
    await sleep(PAUSE_MS);
    end = undefined;
    held = await freshGuard(connection, runId, guard);
  }
}

/** How the line ends, without what was saved last. */
async function readEnd(connection: Connection, line: CheckpointLine): Promise<LineEnd> {
  const found = await entryOf(connection, line);
  return { seq: found?.seq ?? 0, highest: found?.entry.highest, last: undefined };
}

/** The newest version of the super-step; 0 when there is none. */
async function versionOf(
  { journal, subjects }: Connection,
  { definition, runId, superStep }: CheckpointDraft,
  { highest, last }: LineEnd,
): Promise<number> {
  if (last?.meta.superStep === superStep) return last.meta.version;
  if (highest === undefined || superStep > highest) return 0;
  const message = await journal.last(subjects.checkpoints.step(runId, definition, superStep));
  return message === undefined ? 0 : (await bodyOf<Saved>(journal, message)).meta.version;
}

/** How much a patch may take beyond its text, at most, in bytes: then what it builds on need not be read. */
const SLACK = 1_000;

/** The values, or what changed since the checkpoint that the draft names. */
async function linkOf(
  connection: Connection,
  draft: CheckpointDraft,
  { values, patch }: Texts,
  { last }: LineEnd,
): Promise<Pick<Saved, 'link' | 'chain'>> {
  const { change } = draft;
  if (change === undefined || patch === undefined) return { link: wholeLink(values), chain: [] };
  const { superStep, version } = change.from;
  const isLast = last?.meta.superStep === superStep && last.meta.version === version;
  const from = isLast ? last : await find(connection, draft, change.from);
  if (from === undefined) return refuseBase(draft, change.from);
  const chain = [...from.chain, from.at];
  const mayBeWhole = from.room < Buffer.byteLength(patch) + SLACK;
  const texts = mayBeWhole ? await chainTexts(connection, chain, from.meta) : [];
  const link = patchLink(patch, from.room, () => texts);
  return { link, chain: link.isWhole ? [] : chain };
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
): Promise<LastSaved | undefined> {
  const subject = subjects.checkpoints.step(runId, definition, superStep);
  const last = await journal.last(subject);
  if (last === undefined) return undefined;
  const saved = lastSaved(await bodyOf<Saved>(journal, last), last.seq);
  if (saved.meta.version === version) return saved;
  for await (const message of journal.all(subject)) {
    const other = await bodyOf<Saved>(journal, message);
    if (other.meta.version === version) return lastSaved(other, message.seq);
  }
  return undefined;
}

function lastSaved({ meta, link, chain }: Saved, at: number): LastSaved {
  return { meta, room: link.room, chain, at };
}

async function loadLast(
  connection: Connection,
  { runId, definition }: CheckpointLine,
  superStep: number,
): Promise<Checkpoint | undefined> {
  const { journal, subjects } = connection;
  const message = await journal.last(subjects.checkpoints.step(runId, definition, superStep));
  return message && loadMessage(connection, message);
}

async function loadMessage(connection: Connection, message: StoredMessage): Promise<Checkpoint> {
  const { meta, link, chain } = await bodyOf<Saved>(connection.journal, message);
  const texts = await chainTexts(connection, chain, meta);
  return { ...meta, values: readChain([...texts, link.vals]) };
}

/** What a checkpoint builds on. */
function chainTexts(
  { journal }: Connection,
  chain: readonly number[],
  { superStep, runId }: CheckpointMeta,
): Promise<readonly string[]> {
  return Promise.all(
    chain.map(async (seq) => {
      const message = await journal.at(seq);
      if (message !== undefined) return (await bodyOf<Saved>(journal, message)).link.vals;
      throw new RunchartError(
        'STORE_CORRUPT',
        `A message that checkpoint ${superStep} of run ${runId} builds on is missing in the stream; restore it from a copy.`,
      );
    }),
  );
}
