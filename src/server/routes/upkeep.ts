import type { LeftRun, Runtime, RuntimeStats } from '../../runtime.ts';
import type { Access } from '../access.ts';
import * as answers from '../schemas/answers.ts';
import * as requests from '../schemas/requests.ts';
import { runtimeStats } from '../schemas/stats.ts';
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
  route({
    name: 'stats',
    method: 'GET',
    path: '/v1/stats',
    summary: 'What the runtime of the server does now: runs, queues, appends, readers.',
    params: {},
    status: 200,
    answer: runtimeStats,
    handle: async ({ runtime, access }) => {
      const stats = await runtime.stats();
      return access.isAsked ? seenStats(stats, await seenRuns(stats, runtime, access)) : stats;
    },
  }),
];

/** The runs of the lists that the caller may see. */
async function seenRuns(
  { driven, dispatch }: RuntimeStats,
  runtime: Pick<Runtime, 'info'>,
  access: Access,
): Promise<ReadonlySet<string>> {
  const runIds = new Set(driven.runs.map(({ runId }) => runId));
  for (const { runId, next } of dispatch?.lanes ?? []) {
    if (runId !== null) runIds.add(runId);
    for (const id of next) runIds.add(id);
  }
  const seen = new Set<string>();
  for (const runId of runIds) {
    // One that was deleted meanwhile nobody sees.
    const info = await runtime.info(runId).catch(() => undefined);
    if (info !== undefined && (await access.canSee(info))) seen.add(runId);
  }
  return seen;
}

/** The counts stay, and of the lists what names a run that may be seen. */
function seenStats(
  { driven, dispatch, ...stats }: RuntimeStats,
  seen: ReadonlySet<string>,
): RuntimeStats {
  const lanes = (dispatch?.lanes ?? []).map((lane) => ({
    ...lane,
    runId: lane.runId !== null && seen.has(lane.runId) ? lane.runId : null,
    next: lane.next.filter((runId) => seen.has(runId)),
  }));
  const shown = lanes.filter(({ runId, next }) => runId !== null || next.length > 0);
  return {
    ...stats,
    driven: { ...driven, runs: driven.runs.filter(({ runId }) => seen.has(runId)) },
    dispatch: dispatch && { ...dispatch, lanes: shown },
  };
}
