import * as answers from '../schemas/answers.ts';
import * as requests from '../schemas/requests.ts';
import { type Route, route } from '../route.ts';

const runId = { runId: requests.params.runId };

/** Checkpoints, and what runs ask people. */
export const STATE_ROUTES: readonly Route[] = [
  route({
    name: 'listCheckpoints',
    method: 'GET',
    path: '/v1/runs/{runId}/checkpoints',
    summary: 'The states that the run has kept, in order of super-step, then version.',
    params: runId,
    status: 200,
    answer: answers.checkpointMeta.array(),
    handle: async ({ run }) => (await run()).checkpoints.list(),
  }),
  route({
    name: 'latestCheckpoint',
    method: 'GET',
    path: '/v1/runs/{runId}/checkpoints/latest',
    summary: 'The last state; null when none was kept.',
    params: runId,
    status: 200,
    answer: answers.checkpoint.nullable(),
    handle: async ({ run }) => (await (await run()).checkpoints.latest()) ?? null,
  }),
  route({
    name: 'loadCheckpoint',
    method: 'GET',
    path: '/v1/runs/{runId}/checkpoints/{superStep}',
    summary: 'The newest version of a super-step.',
    params: { ...runId, superStep: requests.params.superStep },
    status: 200,
    answer: answers.checkpoint,
    handle: async ({ run, params }) => (await run()).checkpoints.load(params.superStep),
  }),
  route({
    name: 'listInterrupts',
    method: 'GET',
    path: '/v1/runs/{runId}/interrupts',
    summary: 'The open questions of the run, each with the token that entitles to answer it.',
    params: runId,
    status: 200,
    answer: answers.interrupt.array(),
    handle: async ({ run }) => (await run()).interrupts.list(),
  }),
  route({
    name: 'answerInterrupt',
    method: 'POST',
    path: '/v1/runs/{runId}/interrupts/{interruptId}/answer',
    summary: 'Answer a question. Of two answers one counts, the other is INTERRUPT_SETTLED.',
    params: { ...runId, interruptId: requests.params.interruptId },
    body: requests.answerInterrupt,
    status: 200,
    answer: requests.none,
    handle: async ({ run, params, body: { token, value = null }, key }) => {
      await (await run()).interrupts.resolve(params.interruptId, token, value, key);
      return {};
    },
  }),
];
