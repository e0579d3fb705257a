import { basename } from 'node:path';
import { checkName } from '../check-input.ts';
import { isRunchartError } from '../errors.ts';
import type { Json } from '../json.ts';
import type { RunEvent } from '../machines/index.ts';
import type {
  BlobStore,
  ByteRange,
  OutputEvent,
  OutputRecord,
  OutputStore,
} from '../stores/index.ts';
import {
  giveBytes,
  giveFile,
  giveValue,
  type Giving,
  type OutputLimits,
  readBytes,
  readValue,
  saveBytes,
} from './output-contents.ts';
import { storedOnce } from './stored-once.ts';
import { RememberedOutputs } from './remembered-outputs.ts';

export type { OutputLimits } from './output-contents.ts';

export interface OutputOptions {
  /** The same key again answers the record of the first time and gives out nothing. Unique within the run. */
  readonly idempotencyKey?: string;
  /** Who gives it out. Default `run`. */
  readonly producer?: string;
  /** What it is for. Default the run itself. */
  readonly taskId?: string;
  /** Ids of the outputs that it was made from. They MUST exist (OUTPUT_NOT_FOUND). */
  readonly parentRefs?: readonly string[];
}

export interface FileOptions extends OutputOptions {
  /** The name of the artifact. Default: the last part of the path. */
  readonly name?: string;
  /** Its media type, such as `text/markdown`. */
  readonly mime?: string;
}

export interface BytesOptions extends OutputOptions {
  /** What a file of these bytes is called. Default: the name of the artifact. */
  readonly fileName?: string;
  /** Their media type, such as `image/png`. */
  readonly mime?: string;
}

export interface LatestOptions {
  /** `run`, the default, looks among this run's outputs; `all` in the whole store. */
  readonly scope?: 'run' | 'all';
}

/**
 * The outputs of one run: given out durably, each followed by an `output.appended` event. A value that
 * is too big for a record is kept as a JSON file; more than the limit of a file is OUTPUT_TOO_LARGE.
 *
 * What a definition's code gives out is remembered like its steps: when it runs again after a crash, the
 * same call answers the record of the first time and gives out nothing.
 */
export interface RunOutputs {
  progress(stage: string, note?: string, options?: OutputOptions): Promise<OutputRecord>;
  partial(chunk: Json, options?: OutputOptions): Promise<OutputRecord>;
  artifact(name: string, value: Json, options?: OutputOptions): Promise<OutputRecord>;
  /** Keeps a copy of a file as an artifact. What is no file, or cannot be read, is OUTPUT_INVALID. */
  file(path: string, options?: FileOptions): Promise<OutputRecord>;
  /** Keeps bytes that come from anywhere as an artifact. */
  bytes(
    name: string,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    options?: BytesOptions,
  ): Promise<OutputRecord>;
  /** Closes the attempt of the task: a second final rejects with ATTEMPT_CLOSED. */
  final(value: Json, options?: OutputOptions & { readonly ok?: boolean }): Promise<OutputRecord>;
  /** Any output of the store, of other runs too. Rejects with OUTPUT_NOT_FOUND. */
  get(outputId: string): Promise<OutputRecord>;
  /** The value of any output, also one that is kept as a JSON file. Without one it is OUTPUT_INVALID. */
  value(output: OutputRecord | string): Promise<Json>;
  /**
   * The bytes of any output, each time they are iterated: those of its file, or the JSON of its value.
   * Reading a file fails with BLOB_CORRUPT at the end when they are not the bytes that were given out.
   * Without bytes, as of progress, it is OUTPUT_INVALID. With a range only those bytes are read, and not proved.
   */
  read(output: OutputRecord | string, range?: ByteRange): Promise<AsyncIterable<Uint8Array>>;
  /** Writes those bytes to a path, all of them or nothing; a file that is there is replaced. */
  save(output: OutputRecord | string, path: string): Promise<void>;
  /** The newest record of any kind by this producer. */
  latestByProducer(producer: string, options?: LatestOptions): Promise<OutputRecord | undefined>;
  latestByArtifact(name: string, options?: LatestOptions): Promise<OutputRecord | undefined>;
  listForAttempt(attempt: number, taskId?: string): Promise<readonly OutputRecord[]>;
  /** The last final of a task's attempt: the only record that says whether it went well. */
  verdict(attempt: number, taskId?: string): Promise<OutputRecord | undefined>;
  list(options?: {
    readonly afterId?: string;
    readonly limit?: number;
    /** Newest first. */
    readonly reverse?: boolean;
  }): Promise<readonly OutputRecord[]>;
}

/** What outputs are written through. */
export interface OutputPort {
  readonly runId: string;
  readonly store: OutputStore;
  readonly blobs: BlobStore;
  readonly limits: OutputLimits;
  readonly clock: () => number;
  /** A new id; with a key always the same one for this run and key. */
  readonly outputId: (key?: string) => string;
  /** The id of what is given out under an idempotency key: always the same one for this run and key. */
  readonly keyedId: (idempotencyKey: string) => string;
  /** The attempt that outputs given out now belong to. */
  attempt(): Promise<number>;
  record(event: RunEvent, idempotencyKey?: string): Promise<unknown>;
  /** The epoch under which the run is owned; undefined for who does not drive it. */
  epoch?(): number | undefined;
  /** Writes that are to outlast a store that fails for a moment. Default: once. */
  durably?<T>(write: () => Promise<T>): Promise<T>;
  /**
   * What an output is recognised by when the code that gives it out runs again. Called at once, in the
   * order of the calls. Without it nothing is remembered.
   */
  key?(
    recall: (key: string) => Promise<void>,
    kind: string,
    producer: string,
    name: string,
    content: () => string | Promise<string>,
  ): string | Promise<string> | undefined;
  /** The id of the output that the log has under a key. */
  known?(key: string): string | undefined;
}

/** An output on its way: what it is called, what it holds, and the event made of both. */
interface Draft {
  readonly kind: OutputEvent['type'];
  readonly name: string;
  readonly text: Giving['text'];
  event(): Promise<OutputEvent>;
}

/** Reads outputs of any run. */
export function createReader({
  outputs,
  blobs,
}: {
  readonly outputs: OutputStore;
  readonly blobs: BlobStore;
}): Pick<RunOutputs, 'get' | 'value' | 'read' | 'save'> {
  const recordOf = async (output: OutputRecord | string): Promise<OutputRecord> =>
    typeof output === 'string' ? outputs.get(output) : output;
  return {
    get: (outputId) => outputs.get(outputId),
    value: async (output) => readValue(blobs, await recordOf(output)),
    read: async (output, range) => readBytes(blobs, await recordOf(output), range),
    save: async (output, path) => saveBytes(blobs, await recordOf(output), path),
  };
}

export function createOutputs(port: OutputPort): RunOutputs {
  const { runId, store, blobs } = port;
  const give = createGive(port);
  const scopeOf = ({ scope = 'run' }: LatestOptions = {}): { runId?: string } =>
    scope === 'all' ? {} : { runId };
  const listForAttempt = (attempt: number, taskId = runId): Promise<readonly OutputRecord[]> =>
    store.listForAttempt(taskId, attempt);
  return {
    progress: async (stage, note, options) => {
      const event = { type: 'progress', stage, ...(note !== undefined && { note }) } as const;
      const text = (): string => JSON.stringify(event);
      return give({ kind: 'progress', name: stage, text, event: async () => event }, options);
    },
    partial: async (value, options) => {
      const { text, keep } = giveValue(port, 'output', value);
      const event = async () => ({ type: 'partial', chunk: await keep() }) as const;
      return give({ kind: 'partial', name: '', text, event }, options);
    },
    artifact: async (name, value, options) =>
      give(artifact(name, giveValue(port, name, value)), options),
    file: async (path, { name = basename(path), mime, ...options } = {}) =>
      give(artifact(name, giveFile(port, path, mime)), options),
    bytes: async (name, content, { mime, fileName = name, ...options } = {}) =>
      give(artifact(name, giveBytes(port, fileName, content, mime)), options),
    final: async (value, { ok = true, ...options } = {}) => {
      const { text, keep } = giveValue(port, 'output', value);
      const event = async () => ({ type: 'final', content: await keep(), ok }) as const;
      const textWithOk = async (): Promise<string> => `${ok} ${await text()}`;
      return give({ kind: 'final', name: '', text: textWithOk, event }, options);
    },
    ...createReader({ outputs: store, blobs }),
    latestByProducer: (producer, options) => store.latestByProducer(producer, scopeOf(options)),
    latestByArtifact: (name, options) => store.latestByArtifact(name, scopeOf(options)),
    listForAttempt,
    verdict: async (attempt, taskId) =>
      (await listForAttempt(attempt, taskId)).findLast(({ event }) => event.type === 'final'),
    list: ({ limit = 1000, ...query } = {}) => store.list({ runId, limit, ...query }),
  };
}

function artifact(name: string, { text, keep }: Giving): Draft {
  const event = async () => ({ type: 'artifact', name, content: await keep() }) as const;
  return { kind: 'artifact', name, text, event };
}

function createGive(
  port: OutputPort,
): (draft: Draft, options?: OutputOptions) => Promise<OutputRecord> {
  const { runId, store } = port;
  const remembered = new RememberedOutputs(store, (key) => port.known?.(key));
  const eventOf = ({ id, event, producer }: OutputRecord): RunEvent => ({
    type: 'output.appended',
    outputId: id,
    kind: event.type,
    producer,
    ...(event.type === 'artifact' && { name: event.name }),
  });
  return async (draft, options = {}) => {
    const { producer = 'run', taskId = runId } = options;
    const parentRefs = [...(options.parentRefs ?? [])];
    const createdAtMs = port.clock();
    const durably = <T>(write: () => Promise<T>): Promise<T> => port.durably?.(write) ?? write();
    let earlier: OutputRecord | undefined;
    const append = async (id: string): Promise<OutputRecord> => {
      const event = await draft.event();
      const attempt = await port.attempt();
      const epoch = port.epoch?.();
      const record = { id, runId, taskId, attempt, producer, event, parentRefs, createdAtMs };
      await store.append(record, epoch === undefined ? {} : { expectedEpoch: epoch });
      return record;
    };
    // Also of one whose answer was lost the record is asked for until the store is well again.
    const once = (id: string): Promise<OutputRecord> => storedOnce(store, id, () => append(id));
    if (options.idempotencyKey !== undefined) {
      checkName('idempotencyKey', options.idempotencyKey);
      const id = port.keyedId(options.idempotencyKey);
      const record = await durably(async () => (await found(store, id)) ?? (await once(id)));
      await port.record(eventOf(record), `output:${id}`);
      return record;
    }
    const recall = async (key: string): Promise<void> => {
      earlier = await durably(() => remembered.recall(key));
    };
    const key = await port.key?.(recall, draft.kind, producer, draft.name, draft.text);
    // The record first, then the event that tells of it: what the log names always exists.
    if (key === undefined) {
      const record = await append(port.outputId());
      await port.record(eventOf(record));
      return record;
    }
    if (earlier !== undefined) return earlier;
    if (draft.kind === 'final') remembered.checkOpen(taskId);
    const outputId = port.outputId(key);
    return remembered.give({
      key,
      store: () => durably(() => once(outputId)),
      tell: (record) => port.record({ ...eventOf(record), key }),
    });
  };
}

async function found(store: OutputStore, id: string): Promise<OutputRecord | undefined> {
  try {
    return await store.get(id);
  } catch (error) {
    if (isRunchartError(error, 'OUTPUT_NOT_FOUND')) return undefined;
    throw error;
  }
}
