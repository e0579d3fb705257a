import { setTimeout as sleep } from 'node:timers/promises';
import { RunchartError } from '../../errors.ts';
import { checkLimit } from '../check-query.ts';
import type { WriteGuard } from '../checkpointer.ts';
import { blobOf, outputExists } from '../output-rules.ts';
import type { OutputQuery, OutputRecord, OutputScope, OutputStore } from '../output-store.ts';
import { checkFence } from '../write-fence.ts';
import type { Connection, Use } from './connection.ts';
import type { Draft } from './journal.ts';
import type { StoredMessage } from './journal-reader.ts';
import { freshGuard, type GuardDraft, isFenced, knownGuard } from './write-guard.ts';
import { usedBlobs } from './used-blobs.ts';
import { bodyOf } from './stored-body.ts';

/** How far behind a pointer the record lies that it points to. */
const BACK = 'back';
const PAUSE_MS = 2;
/** Records that are imported in one batch of the server's; each takes six messages at most. */
const PER_IMPORT = 100;
/** Above that, roughly, they are imported one by one. */
const IMPORT_BYTES = 4 * 1024 * 1024;

interface Pointer {
  readonly [BACK]: number;
}

/**
 * Output records, one message each on the subject of their run, and behind each of them, in the same batch, one
 * small message per way in which it is looked for. A pointer whose record is gone is as good as none.
 */
export class NatsOutputStore implements OutputStore {
  readonly #use: Use;

  constructor(use: Use) {
    this.#use = use;
  }

  append(record: OutputRecord, guard?: WriteGuard): Promise<void> {
    const { id, runId, parentRefs } = record;
    // In the order of the calls: behind the outputs that it names, and what changes who may write.
    const names = [id, ...parentRefs].map((name) => `output ${name}`);
    if (guard?.expectedEpoch !== undefined) names.push(`run ${runId}`);
    const body = JSON.stringify(record);
    return this.#use((connection) =>
      connection.lanes.run(names, () => append(connection, record, body, guard)),
    );
  }

  import(records: readonly OutputRecord[]): Promise<void> {
    return this.#use((connection) =>
      connection.lanes.run(
        records.map(({ id }) => `output ${id}`),
        () => importOutputs(connection, records),
      ),
    );
  }

  get(id: string): Promise<OutputRecord> {
    return this.#use(async (connection) => {
      const found = await recordAt(connection, await pointerTo(connection, id));
      if (found === undefined) throw outputNotFound(id);
      return found;
    });
  }

  latestByProducer(producer: string, scope?: OutputScope): Promise<OutputRecord | undefined> {
    return this.#use((connection) =>
      latest(connection, connection.subjects.outputs.producer(producer, scope?.runId)),
    );
  }

  latestByArtifact(name: string, scope?: OutputScope): Promise<OutputRecord | undefined> {
    return this.#use((connection) =>
      latest(connection, connection.subjects.outputs.artifact(name, scope?.runId)),
    );
  }

  listForAttempt(taskId: string, attempt: number): Promise<readonly OutputRecord[]> {
    return this.#use(async (connection) => {
      const { journal, subjects } = connection;
      const records: Promise<OutputRecord | undefined>[] = [];
      for await (const pointer of journal.all(subjects.outputs.attempt(taskId, attempt))) {
        records.push(recordAt(connection, pointer));
      }
      return (await Promise.all(records)).flatMap((record) => record ?? []);
    });
  }

  list(query: OutputQuery): Promise<readonly OutputRecord[]> {
    return this.#use((connection) => list(connection, query));
  }

  usedBlobs(sha256s: readonly string[]): Promise<ReadonlySet<string>> {
    return this.#use((connection) =>
      usedBlobs(
        connection,
        sha256s,
        async (pointer) => (await recordAt(connection, pointer)) !== undefined,
      ),
    );
  }
}

/** What a decision is made on. */
interface Known {
  /** The sequence of the last message by the id, and of that by the final of the attempt; 0: none. */
  readonly idSeq: number;
  readonly finalSeq: number;
  readonly guard: GuardDraft;
}

/** It is tried with what is known here, which mostly is so; what it really is, is looked up when it is not. */
async function append(
  connection: Connection,
  record: OutputRecord,
  body: string,
  guard: WriteGuard | undefined,
): Promise<void> {
  const { journal, settings } = connection;
  const { id, runId, parentRefs } = record;
  let known: Known | undefined =
    parentRefs.length === 0
      ? { idSeq: 0, finalSeq: 0, guard: knownGuard(connection, runId, guard) }
      : undefined;
  for (const endMs = performance.now() + settings.busyLimitMs; ;) {
    known ??= await look(connection, record, guard);
    if (isFenced(known.guard, guard)) known = await look(connection, record, guard);
    const written = await journal.write(draftsOf(connection, record, body, known));
    if (written.kind === 'stored') return;
    known = undefined;
    if (performance.now() > endMs) {
      throw new RunchartError(
        'STORE_BUSY',
        `Output ${id} could not be stored: run ${runId} is written to all the time; try again.`,
      );
    }
    await sleep(PAUSE_MS);
  }
}

/** Many at once where none is there yet, as mostly; otherwise one after the other. */
async function importOutputs(
  connection: Connection,
  records: readonly OutputRecord[],
): Promise<void> {
  const nobody = knownGuard(connection, '', undefined);
  for (let at = 0; at < records.length; at += PER_IMPORT) {
    const some = records.slice(at, at + PER_IMPORT);
    const known: Known = { idSeq: 0, finalSeq: 0, guard: nobody };
    const drafts = some.flatMap((record) =>
      draftsOf(connection, record, JSON.stringify(record), known),
    );
    const areSmall = drafts.reduce((sum, { body }) => sum + body.length, 0) < IMPORT_BYTES;
    if (areSmall && (await connection.journal.write(drafts)).kind === 'stored') continue;
    for (const record of some) {
      const orphan = { ...record, parentRefs: [] };
      const body = JSON.stringify(record);
      for (let isStored = false; !isStored;) {
        const there = await pointerTo(connection, record.id);
        if ((await recordAt(connection, there)) !== undefined) break;
        const found = await look(connection, orphan, undefined);
        const one = draftsOf(connection, record, body, found);
        isStored = (await connection.journal.write(one)).kind === 'stored';
      }
    }
  }
}

/** What is so at this moment; throws when the record may not be stored. */
async function look(
  connection: Connection,
  { id, runId, taskId, attempt, event, parentRefs }: OutputRecord,
  guard: WriteGuard | undefined,
): Promise<Known> {
  const { journal, subjects } = connection;
  const taken = await pointerTo(connection, id);
  if ((await recordAt(connection, taken)) !== undefined) throw outputExists(id);
  const held = await freshGuard(connection, runId, guard);
  checkFence(runId, held.hold, guard?.expectedEpoch);
  for (const parent of parentRefs) {
    const found = await recordAt(connection, await pointerTo(connection, parent));
    if (found === undefined) throw outputNotFound(parent);
  }
  let finalSeq = 0;
  if (event.type === 'final') {
    const final = await journal.last(subjects.outputs.final(taskId, attempt));
    if ((await recordAt(connection, final)) !== undefined) throw attemptClosed(taskId, attempt);
    finalSeq = final?.seq ?? 0;
  }
  return { idSeq: taken?.seq ?? 0, finalSeq, guard: held };
}

/** The record, judged by its id, and behind it what points to it. */
function draftsOf(
  { subjects }: Connection,
  record: OutputRecord,
  body: string,
  { idSeq, finalSeq, guard }: Known,
): readonly Draft[] {
  const { outputs } = subjects;
  const { id, runId, taskId, attempt, producer, event } = record;
  const blob = blobOf(event);
  const pointers = [
    outputs.attempt(taskId, attempt, runId),
    outputs.producer(producer, runId),
    ...(event.type === 'artifact' ? [outputs.artifact(event.name, runId)] : []),
    ...(blob === null ? [] : [outputs.blob(blob, runId)]),
  ];
  const pointer = (subject: string, n: number): Draft => ({ subject, body: `{"${BACK}":${n}}` });
  const drafts: Draft[] = [
    {
      subject: outputs.ofRun(runId),
      body,
      partsSubject: subjects.parts(runId),
      ...guard.draft,
    },
    { ...pointer(outputs.id(id), 1), expect: { seq: idSeq } },
    ...pointers.map((subject, n) => pointer(subject, n + 2)),
  ];
  if (event.type === 'final') {
    const expect = { seq: finalSeq };
    drafts.push({ ...pointer(outputs.final(taskId, attempt), drafts.length), expect });
  }
  return drafts;
}

function pointerTo(
  { journal, subjects }: Connection,
  id: string,
): Promise<StoredMessage | undefined> {
  return journal.last(subjects.outputs.id(id));
}

/** The record that a pointer leads to; undefined when it was forgotten. */
async function recordAt(
  { journal }: Connection,
  pointer: StoredMessage | undefined,
): Promise<OutputRecord | undefined> {
  if (pointer === undefined) return undefined;
  const found = await journal.at(recordSeq(pointer));
  return found && bodyOf<OutputRecord>(journal, found);
}

function recordSeq(pointer: StoredMessage): number {
  return pointer.seq - (JSON.parse(Buffer.from(pointer.data).toString()) as Pointer)[BACK];
}

async function latest(connection: Connection, subject: string): Promise<OutputRecord | undefined> {
  return latestAt(connection, subject, await connection.journal.last(subject));
}

async function latestAt(
  connection: Connection,
  subject: string,
  last: StoredMessage | undefined,
): Promise<OutputRecord | undefined> {
  const found = await recordAt(connection, last);
  if (found !== undefined || last === undefined) return found;
  // Its run is being forgotten: of the others, the newest.
  let newest: OutputRecord | undefined;
  for await (const other of connection.journal.all(subject)) {
    newest = (await recordAt(connection, other)) ?? newest;
  }
  return newest;
}

async function list(
  connection: Connection,
  { runId, afterId, limit, reverse = false }: OutputQuery,
): Promise<readonly OutputRecord[]> {
  checkLimit(limit);
  const { journal, subjects } = connection;
  let after: number | undefined;
  if (afterId !== undefined) {
    const pointer = await pointerTo(connection, afterId);
    if (pointer === undefined || (await recordAt(connection, pointer)) === undefined) {
      throw outputNotFound(afterId);
    }
    after = recordSeq(pointer);
  }
  const found: StoredMessage[] = [];
  const { outputs } = subjects;
  const subject = runId === undefined ? outputs.ofAll : outputs.ofRun(runId);
  const from = reverse || after === undefined ? 1 : after + 1;
  for await (const message of journal.all(subject, from)) {
    const isBehind = reverse ? message.seq >= (after ?? Infinity) : found.length >= limit;
    if (isBehind) break;
    found.push(message);
  }
  const page = reverse ? found.toReversed().slice(0, limit) : found;
  return Promise.all(page.map((message) => bodyOf<OutputRecord>(journal, message)));
}

function outputNotFound(id: string): RunchartError {
  return new RunchartError('OUTPUT_NOT_FOUND', `There is no output ${id} in this store.`);
}

function attemptClosed(taskId: string, attempt: number): RunchartError {
  return new RunchartError(
    'ATTEMPT_CLOSED',
    `Attempt ${attempt} of task ${taskId} has its final output already; start another attempt.`,
  );
}
