import { RunchartError } from '../../errors.ts';
import type { OutputRecord } from '../../stores/index.ts';
import type { RunOutputs } from '../../work/index.ts';
import { bytesOfBody } from '../body.ts';
import { answerContent } from '../content.ts';
import * as answers from '../schemas/answers.ts';
import * as requests from '../schemas/requests.ts';
import { type Route, route } from '../route.ts';

const DEFAULT_PAGE = 100;

const runId = { runId: requests.params.runId };
const outputId = { outputId: requests.params.outputId };

/** What runs give out. */
export const OUTPUT_ROUTES: readonly Route[] = [
  route({
    name: 'listOutputs',
    method: 'GET',
    path: '/v1/runs/{runId}/outputs',
    summary:
      'Outputs of a run in the order of giving; with `attempt`, all those of one attempt of a task.',
    params: runId,
    query: requests.listOutputs,
    status: 200,
    answer: answers.outputRecord.array(),
    handle: async ({ run, query: { attempt, taskId, limit = DEFAULT_PAGE, ...query } }) => {
      const { outputs } = await run();
      if (attempt !== undefined) return outputs.listForAttempt(attempt, taskId);
      return outputs.list({ ...query, limit });
    },
  }),
  route({
    name: 'latestOutput',
    method: 'GET',
    path: '/v1/runs/{runId}/outputs/latest',
    summary: 'The newest output of a producer, or the newest artifact of a name; null for none.',
    params: runId,
    query: requests.latestOutput,
    status: 200,
    answer: answers.outputRecord.nullable(),
    handle: async ({ run, query: { producer, artifact, scope = 'run' }, access }) => {
      const { outputs } = await run();
      const found = await latest(outputs, { producer, artifact }, scope);
      if (found === undefined) return null;
      await access.allowRun(found.runId, 'getOutput');
      return found;
    },
  }),
  route({
    name: 'giveOutput',
    method: 'POST',
    path: '/v1/runs/{runId}/outputs',
    summary: 'Give something out.',
    params: runId,
    body: requests.giveOutput,
    status: 201,
    answer: answers.outputRecord,
    handle: async ({ run, body, key }) => {
      const { outputs } = await run();
      const { kind, producer, taskId, parentRefs } = body;
      const options = {
        ...key,
        ...(producer !== undefined && { producer }),
        ...(taskId !== undefined && { taskId }),
        ...(parentRefs !== undefined && { parentRefs }),
      };
      if (kind === 'progress') return outputs.progress(body.stage, body.note, options);
      const value = body.value;
      if (kind === 'partial') return outputs.partial(value, options);
      if (kind === 'artifact') return outputs.artifact(body.name, value, options);
      return outputs.final(value, { ...options, ...(body.ok !== undefined && { ok: body.ok }) });
    },
  }),
  route({
    name: 'giveContent',
    method: 'POST',
    path: '/v1/runs/{runId}/contents',
    summary: 'Give the body out as an artifact, with its media type.',
    params: runId,
    query: requests.giveContent,
    takesContent: true,
    status: 201,
    answer: answers.outputRecord,
    isLong: true,
    handle: async ({ run, request, query: { name, ...options }, key, limits }) => {
      const mime = request.headers.get('content-type');
      const bytes = bytesOfBody(request, limits);
      const given = { ...options, ...key, ...(mime !== null && { mime }) };
      return (await run()).outputs.bytes(name, bytes, given);
    },
  }),
  route({
    name: 'getOutput',
    method: 'GET',
    path: '/v1/outputs/{outputId}',
    summary: 'One output, of any run.',
    params: outputId,
    status: 200,
    answer: answers.outputRecord,
    allows: 'itself',
    handle: async ({ runtime, params, access }) => {
      const record = await runtime.outputs.get(params.outputId);
      await access.allowRun(record.runId);
      return record;
    },
  }),
  route({
    name: 'getContent',
    method: 'GET',
    path: '/v1/outputs/{outputId}/content',
    summary:
      'The bytes of an output: of its file, or the JSON of its value. Ranges and ETags work.',
    params: outputId,
    status: 200,
    media: ['*/*'],
    also: { 206: 'The part that Range asks for.', 304: 'It is what If-None-Match names.' },
    isLong: true,
    allows: 'itself',
    handle: async ({ runtime, params, access, request, limits }) => {
      const record = await runtime.outputs.get(params.outputId);
      await access.allowRun(record.runId);
      return answerContent(runtime.outputs, record, { request, access, limits });
    },
  }),
];

async function latest(
  outputs: RunOutputs,
  {
    producer,
    artifact,
  }: { readonly producer?: string | undefined; readonly artifact?: string | undefined },
  scope: 'run' | 'all',
): Promise<OutputRecord | undefined> {
  if (producer !== undefined && artifact === undefined) {
    return outputs.latestByProducer(producer, { scope });
  }
  if (artifact !== undefined && producer === undefined) {
    return outputs.latestByArtifact(artifact, { scope });
  }
  throw new RunchartError('REQUEST_INVALID', 'Ask for the latest of a producer or of an artifact.');
}
