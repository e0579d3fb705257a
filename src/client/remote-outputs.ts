import { isRunchartError, RunchartError } from '../errors.ts';
import type { Json } from '../json.ts';
import type { OutputReader } from '../runtime.ts';
import type { ByteRange, OutputContent, OutputRecord } from '../stores/index.ts';
import type { BytesOptions, OutputOptions, RunOutputs } from '../work/index.ts';
import { assertJson, type Caller, segment } from './caller.ts';
import { fileAsBlob, saveTo } from './files.ts';

const JSON_TYPE = 'application/json';
const PAGE_OUTPUTS = 1_000;

/** Reads any output of a server. */
export function remoteReader(caller: Caller): OutputReader {
  const get = (id: string): Promise<OutputRecord> => caller.get(`/v1/outputs/${segment(id)}`);
  const recordOf = async (output: OutputRecord | string): Promise<OutputRecord> =>
    typeof output === 'string' ? get(output) : output;
  const bytesOf = async (
    output: OutputRecord | string,
    range?: ByteRange,
  ): Promise<AsyncIterable<Uint8Array>> => {
    const record = await recordOf(output);
    contentOf(record);
    const path = `/v1/outputs/${segment(record.id)}/content`;
    return { [Symbol.asyncIterator]: () => download(caller, path, range) };
  };
  return {
    get,
    value: async (output) => {
      const record = await recordOf(output);
      const content = contentOf(record);
      if (content.kind === 'inline') return content.value;
      if (content.mime !== JSON_TYPE) {
        const type = content.mime ?? 'unknown';
        throw invalid(record.id, `is a file of type ${type}, not JSON; read its bytes`);
      }
      return JSON.parse(await (await blobOf(await bytesOf(record))).text()) as Json;
    },
    read: bytesOf,
    save: async (output, path) => saveTo(path, await bytesOf(output)),
  };
}

/** The outputs of a run of a server. */
export function remoteOutputs(
  caller: Caller,
  runId: string,
  epoch: number | undefined,
): RunOutputs {
  const path = `/v1/runs/${segment(runId)}`;
  const { give, giveValue, giveBlob } = givers(caller, runId, epoch);
  const latest = async (
    query: Readonly<Record<string, unknown>>,
  ): Promise<OutputRecord | undefined> =>
    (await caller.get<OutputRecord | null>(`${path}/outputs/latest`, query)) ?? undefined;
  const listForAttempt = (attempt: number, taskId?: string): Promise<readonly OutputRecord[]> =>
    caller.get(`${path}/outputs`, { attempt, taskId });
  return {
    ...remoteReader(caller),
    progress: async (stage, note, options) => give({ kind: 'progress', stage, note }, options),
    partial: async (value, options) => giveValue({ kind: 'partial', value }, options),
    artifact: async (name, value, options) => giveValue({ kind: 'artifact', name, value }, options),
    final: async (value, options) => giveValue({ kind: 'final', value }, options),
    file: async (from, { name, ...options } = {}) => {
      const { name: fileName, content } = await fileAsBlob(from);
      try {
        return await giveBlob(name ?? fileName, content, { ...options, fileName });
      } catch (error) {
        if (!isRunchartError(error, 'OUTPUT_TOO_LARGE')) throw error;
        throw new RunchartError(error.code, `${from}: ${error.message}`, { cause: error });
      }
    },
    bytes: async (name, content, options = {}) => giveBlob(name, await blobOf(content), options),
    latestByProducer: (producer, { scope } = {}) => latest({ producer, scope }),
    latestByArtifact: (artifact, { scope } = {}) => latest({ artifact, scope }),
    listForAttempt,
    verdict: async (attempt, taskId) =>
      (await listForAttempt(attempt, taskId)).findLast(({ event }) => event.type === 'final'),
    list: ({ limit = PAGE_OUTPUTS, ...query } = {}) =>
      caller.get(`${path}/outputs`, { limit, ...query }),
  };
}

/** The ways in which something is sent to be given out. */
function givers(
  caller: Caller,
  runId: string,
  epoch: number | undefined,
): {
  readonly give: (body: Body, options?: OutputOptions) => Promise<OutputRecord>;
  readonly giveValue: (
    body: Body & { readonly value: Json },
    options?: OutputOptions,
  ) => Promise<OutputRecord>;
  readonly giveBlob: (name: string, content: Blob, options: BytesOptions) => Promise<OutputRecord>;
} {
  const path = `/v1/runs/${segment(runId)}`;
  const asDriver = { line: runId, epoch };
  const give = (
    body: Body,
    { idempotencyKey, ...options }: OutputOptions = {},
  ): Promise<OutputRecord> =>
    caller.post(`${path}/outputs`, { ...body, ...options }, { idempotencyKey, ...asDriver });
  const giveValue = async (
    body: Body & { readonly value: Json },
    options?: OutputOptions,
  ): Promise<OutputRecord> => {
    assertJson(body.value, 'OUTPUT_INVALID', `The output of run ${runId}`);
    return give(body, options);
  };
  const giveBlob = (
    name: string,
    content: Blob,
    { mime, idempotencyKey, parentRefs, ...options }: BytesOptions,
  ): Promise<OutputRecord> => {
    const query = { name, ...options, parentRefs: parentRefs?.join(',') };
    const body = mime === undefined ? content : content.slice(0, content.size, mime);
    const how = { idempotencyKey, ...asDriver };
    return caller.upload(`${path}/contents`, query, body, how);
  };
  return { give, giveValue, giveBlob };
}

type Body = Readonly<Record<string, unknown>>;

/** A browser sends no stream, and what is sent again has to be there as a whole. */
async function blobOf(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<Blob> {
  if (content instanceof Uint8Array) return new Blob([Uint8Array.from(content)]);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of content) chunks.push(Uint8Array.from(chunk));
  return new Blob(chunks);
}

async function* download(
  caller: Caller,
  path: string,
  range?: ByteRange,
): AsyncGenerator<Uint8Array, void, void> {
  if (range !== undefined && range.end === range.start) return;
  const { start = 0, end } = range ?? {};
  const last = end === undefined ? '' : String(end - 1);
  const headers = range === undefined ? {} : { range: `bytes=${start}-${last}` };
  let response: Response;
  try {
    response = await caller.download(path, headers);
  } catch (error) {
    // What begins behind the end is empty.
    if (isRunchartError(error, 'RANGE_INVALID')) return;
    throw error;
  }
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value as Uint8Array;
    }
  } catch (error) {
    const what = `The bytes of ${path} broke off: the connection was lost, or they are damaged; verify the run.`;
    throw new RunchartError('SERVER_UNREACHABLE', what, { cause: error });
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function contentOf({ id, event }: OutputRecord): OutputContent {
  if (event.type === 'progress') throw invalid(id, 'is progress, which has no value');
  return event.type === 'partial' ? event.chunk : event.content;
}

function invalid(id: string, what: string): RunchartError {
  return new RunchartError('OUTPUT_INVALID', `Output ${id} ${what}.`);
}
