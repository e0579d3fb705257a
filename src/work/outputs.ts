import { RunchartError } from '../errors.ts';
import { type Json, jsonProblem } from '../json.ts';
import type { RunEvent } from '../machines/index.ts';
import type { OutputContent, OutputEvent, OutputRecord, OutputStore } from '../stores/index.ts';

/** The largest content kept inside a record, in bytes of JSON. */
const MAX_INLINE_BYTES = 1024 * 1024;

export interface OutputOptions {
  /** Who gives it out. Default `run`. */
  readonly producer?: string;
  /** What it is for. Default the run itself. */
  readonly taskId?: string;
  /** Ids of the outputs that it was made from. They MUST exist (OUTPUT_NOT_FOUND). */
  readonly parentRefs?: readonly string[];
}

export interface LatestOptions {
  /** `run`, the default, looks among this run's outputs; `all` in the whole store. */
  readonly scope?: 'run' | 'all';
}

/** The outputs of one run: given out durably, each followed by an `output.appended` event. */
export interface RunOutputs {
  progress(stage: string, note?: string, options?: OutputOptions): Promise<OutputRecord>;
  partial(chunk: Json, options?: OutputOptions): Promise<OutputRecord>;
  artifact(name: string, value: Json, options?: OutputOptions): Promise<OutputRecord>;
  /** Closes the attempt of the task: a second final rejects with ATTEMPT_CLOSED. */
  final(value: Json, options?: OutputOptions & { readonly ok?: boolean }): Promise<OutputRecord>;
  /** Any output of the store. Rejects with OUTPUT_NOT_FOUND. */
  get(outputId: string): Promise<OutputRecord>;
  /** The newest record of any kind by this producer. */
  latestByProducer(producer: string, options?: LatestOptions): Promise<OutputRecord | undefined>;
  latestByArtifact(name: string, options?: LatestOptions): Promise<OutputRecord | undefined>;
  listForAttempt(attempt: number, taskId?: string): Promise<readonly OutputRecord[]>;
  /** The last final of a task's attempt: the only record that says whether it went well. */
  verdict(attempt: number, taskId?: string): Promise<OutputRecord | undefined>;
  list(options?: {
    readonly afterId?: string;
    readonly limit?: number;
  }): Promise<readonly OutputRecord[]>;
}

/** What outputs are written through. */
export interface OutputPort {
  readonly runId: string;
  readonly store: OutputStore;
  readonly clock: () => number;
  readonly outputId: () => string;
  /** The attempt that outputs given out now belong to. */
  attempt(): Promise<number>;
  record(event: RunEvent): Promise<unknown>;
}

export function createOutputs(port: OutputPort): RunOutputs {
  const { runId, store } = port;
  const append = async (event: OutputEvent, options: OutputOptions = {}): Promise<OutputRecord> => {
    const { producer = 'run', taskId = runId } = options;
    const parentRefs = [...(options.parentRefs ?? [])];
    const id = port.outputId();
    const createdAtMs = port.clock();
    const attempt = await port.attempt();
    const record = { id, runId, taskId, attempt, producer, event, parentRefs, createdAtMs };
    // The record first, then the event that tells of it: what the log names always exists.
    await store.append(record);
    const name = event.type === 'artifact' ? { name: event.name } : {};
    await port.record({
      type: 'output.appended',
      outputId: id,
      kind: event.type,
      producer,
      ...name,
    });
    return record;
  };
  const scopeOf = ({ scope = 'run' }: LatestOptions = {}): { runId?: string } =>
    scope === 'all' ? {} : { runId };
  const listForAttempt = (attempt: number, taskId = runId): Promise<readonly OutputRecord[]> =>
    store.listForAttempt(taskId, attempt);
  return {
    progress: (stage, note, options) =>
      append({ type: 'progress', stage, ...(note !== undefined && { note }) }, options),
    partial: (chunk, options) => append({ type: 'partial', chunk: inline(runId, chunk) }, options),
    artifact: (name, value, options) =>
      append({ type: 'artifact', name, content: inline(runId, value) }, options),
    final: (value, { ok = true, ...options } = {}) =>
      append({ type: 'final', content: inline(runId, value), ok }, options),
    get: (outputId) => store.get(outputId),
    latestByProducer: (producer, options) => store.latestByProducer(producer, scopeOf(options)),
    latestByArtifact: (name, options) => store.latestByArtifact(name, scopeOf(options)),
    listForAttempt,
    verdict: async (attempt, taskId) =>
      (await listForAttempt(attempt, taskId)).findLast(({ event }) => event.type === 'final'),
    list: ({ afterId, limit = 1000 } = {}) =>
      store.list({ runId, limit, ...(afterId !== undefined && { afterId }) }),
  };
}

function inline(runId: string, value: Json): OutputContent {
  let flaw = jsonProblem(value);
  if (flaw === undefined) {
    const json = JSON.stringify(value);
    flaw = tooLarge(json);
    // A copy: what the caller does to the value from now on is not in the output.
    if (flaw === undefined) return { kind: 'inline', value: JSON.parse(json) as Json };
  }
  throw new RunchartError('OUTPUT_INVALID', `Output refused for run ${runId}: ${flaw}.`);
}

function tooLarge(json: string): string | undefined {
  const bytes = Buffer.byteLength(json);
  return bytes <= MAX_INLINE_BYTES
    ? undefined
    : `it has ${bytes} bytes, at most ${MAX_INLINE_BYTES} are allowed; write a file and give out its path`;
}
