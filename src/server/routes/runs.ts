import type { Run } from '../../run.ts';
import { listSeen } from '../list-seen.ts';
import * as answers from '../schemas/answers.ts';
import * as requests from '../schemas/requests.ts';
import { type Call, type Params, type Route, route } from '../route.ts';
import { changesOf } from '../run-messages.ts';

const DEFAULT_PAGE = 100;

const runId = { runId: requests.params.runId };

/** Runs as such: begun, found, listed. */
export const RUN_ROUTES: readonly Route[] = [
  route({
    name: 'startRun',
    method: 'POST',
    path: '/v1/runs',
    summary: 'Start a run of a definition that the server has.',
    params: {},
    body: requests.startRun,
    status: 201,
    answer: answers.runHandle,
    begins: true,
    handle: async (call) => {
      const { definition, ...options } = call.body;
      await Promise.all((options.inputs ?? []).map((id) => allowOutput(call, id)));
      return begun(call, await call.runtime.start(definition, { ...options, ...call.key }));
    },
  }),
  route({
    name: 'openRun',
    method: 'POST',
    path: '/v1/runs/open',
    summary: 'Create a run that the caller drives, by recording its events.',
    params: {},
    body: requests.openRun,
    status: 201,
    answer: answers.runHandle,
    begins: true,
    handle: async (call) => begun(call, await call.runtime.open({ ...call.body, ...call.key })),
  }),
  route({
    name: 'forkRun',
    method: 'POST',
    path: '/v1/runs/{runId}/fork',
    summary: 'Start a new run from a checkpoint of another, which stays as it is.',
    params: runId,
    body: requests.forkRun,
    status: 201,
    answer: answers.runHandle,
    begins: true,
    handle: async (call) => {
      const { superStep, ...options } = call.body;
      const key = { runId: call.params.runId, ...(superStep !== undefined && { superStep }) };
      return begun(call, await call.runtime.fork(key, { ...options, ...call.key }));
    },
  }),
  route({
    name: 'checkFork',
    method: 'POST',
    path: '/v1/runs/{runId}/fork/check',
    summary: 'What a fork would begin with. Rejects as the fork would, and writes nothing.',
    params: runId,
    body: requests.checkFork,
    status: 200,
    answer: answers.forkCheck,
    handle: async ({ runtime, params, body: { superStep, ...edits } }) =>
      runtime.checkFork({ ...params, ...(superStep !== undefined && { superStep }) }, edits),
  }),
  route({
    name: 'claimRun',
    method: 'POST',
    path: '/v1/runs/{runId}/claim',
    summary: 'Take an active run over: whoever drove it is refused from now on.',
    params: runId,
    body: requests.none,
    status: 200,
    answer: answers.runHandle.nullable().describe('null: the run is over.'),
    handle: async ({ runtime, params, key }) => {
      const run = await runtime.claim(params.runId, key);
      return run === undefined ? null : handleOf(run);
    },
  }),
  route({
    name: 'listRuns',
    method: 'GET',
    path: '/v1/runs',
    summary:
      'Runs, newest first unless asked otherwise. A page may have fewer than there are: go on by its cursor.',
    params: {},
    query: requests.listRuns,
    status: 200,
    answer: answers.runList,
    handle: async ({ runtime, query: { limit = DEFAULT_PAGE, ...filter }, access }) =>
      listSeen(runtime, access, { ...filter, limit }),
  }),
  route({
    name: 'countRuns',
    method: 'GET',
    path: '/v1/counts',
    summary: 'How many runs there are, by status: of all, whoever may see which.',
    params: {},
    query: requests.countRuns,
    status: 200,
    answer: answers.runCounts,
    handle: async ({ runtime, query }) => runtime.counts(query),
  }),
  route({
    name: 'listDefinitions',
    method: 'GET',
    path: '/v1/definitions',
    summary: 'The definitions that the server has: what there is to start, and what it takes.',
    params: {},
    status: 200,
    answer: answers.definitionInfo.array(),
    handle: async ({ runtime }) => runtime.definitions(),
  }),
  route({
    name: 'getRun',
    method: 'GET',
    path: '/v1/runs/{runId}',
    summary: 'One run, with who drives it.',
    params: runId,
    status: 200,
    answer: answers.runInfo,
    handle: async ({ runtime, params }) => runtime.info(params.runId),
  }),
  route({
    name: 'followChanges',
    method: 'GET',
    path: '/v1/changes',
    summary: 'Server-sent events: runs that were created or have changed, from now on.',
    params: {},
    query: requests.followChanges,
    status: 200,
    media: ['text/event-stream'],
    handle: async ({ runtime, query, access, streams }) =>
      streams.open((signal) =>
        changesOf(runtime.changes({ ...query, signal }), { access, signal }),
      ),
  }),
];

function handleOf({ id, sessionId, epoch }: Run): unknown {
  return { runId: id, sessionId, epoch: epoch ?? null };
}

/** A key that somebody else has used answers their run: it is only shown to who may see it. */
async function begun(
  { access }: Pick<Call<Params, unknown, unknown>, 'access'>,
  run: Run,
): Promise<unknown> {
  await access.allowRun(run.id, 'getRun');
  return handleOf(run);
}

async function allowOutput(
  { runtime, access }: Pick<Call<Params, unknown, unknown>, 'access' | 'runtime'>,
  outputId: string,
): Promise<void> {
  if (!access.isAsked) return;
  const { runId } = await runtime.outputs.get(outputId);
  await access.allowRun(runId, 'getOutput');
}
