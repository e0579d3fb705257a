import type { LeftRun } from '../../runtime.ts';
import * as answers from '../schemas/answers.ts';
import * as requests from '../schemas/requests.ts';
import { type Route, route } from '../route.ts';

const runId = { runId: requests.params.runId };

/** What operators do. */
export const UPKEEP_ROUTES: readonly Route[] = [
  route({
    name: 'verifyRun',
    method: 'GET',
    path: '/v1/runs/{runId}/verify',
    summary: 'Prove what is stored of a run.',
    params: runId,
    query: requests.verifyRun,
    status: 200,
    answer: answers.verification,
    isLong: true,
    handle: async ({ runtime, params, query }) => runtime.verify(params.runId, query),
  }),
  route({
    name: 'explainRun',
    method: 'GET',
    path: '/v1/runs/{runId}/explain',
    summary:
      'How a run came to be what it is, what it waits for, and what each command would come to.',
    params: runId,
    status: 200,
    answer: answers.explanation,
    isLong: true,
    handle: async ({ runtime, params }) => runtime.explain(params.runId),
  }),
  route({
    name: 'pruneRuns',
    method: 'POST',
    path: '/v1/prune',
    summary: 'Delete what is old and over. A repeat finds it deleted.',
    params: {},
    body: requests.pruneRuns,
    status: 200,
    answer: answers.pruneReport,
    isLong: true,
    handle: async ({ runtime, body }) => runtime.prune(body),
  }),
  route({
    name: 'diagnose',
    method: 'GET',
    path: '/v1/doctor',
    summary: 'Facts and problems of the store, and runs that nobody drives though somebody should.',
    params: {},
    status: 200,
    answer: answers.runtimeReport,
    isLong: true,
    handle: async ({ runtime, access }) => {
      const { abandoned, ...report } = await runtime.diagnose();
      const seen: LeftRun[] = [];
      for (const left of abandoned) if (await access.canSee(left)) seen.push(left);
      return { ...report, abandoned: seen };
    },
  }),
];
