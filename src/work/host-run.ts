import { type HostedRun, draftEvent } from '../actors/index.ts';
import { isRunchartError, RunchartError } from '../errors.ts';
import { jsonProblem } from '../json.ts';
import { type Check, type RunEvent, summarise } from '../machines/index.ts';
import type { AnyDefinition, VerifyContext, WorkContext } from './define-run.ts';
import { toFailure } from './failure.ts';
import { insist } from './insist.ts';
import type { RunOutputs } from './outputs.ts';
import { createStep } from './steps.ts';

/** What the work of a run is given beside the run itself. */
export interface WorkInput {
  readonly input: unknown;
  readonly outputs: (attempt: number, record: (event: RunEvent) => Promise<unknown>) => RunOutputs;
}

/**
 * Drives a run through its definition: plan, execute, verify, and the event that ends it.
 * Rejects when that last event could not be recorded; the run then stands as its log says.
 */
export async function hostRun(
  definition: AnyDefinition,
  run: HostedRun,
  { input, outputs }: WorkInput,
): Promise<void> {
  const { runId, sessionId, signal, snapshot } = run;
  const attempt = snapshot.attempt + 1;
  const record = async (event: RunEvent): Promise<number> => {
    const { envelope } = await run.submit({ draft: draftEvent(runId, event) });
    return envelope?.seq ?? 0;
  };
  // A run that was over before its work began gets no late events of a beginning.
  const begin = (event: RunEvent) =>
    insist(() => run.submit({ draft: draftEvent(runId, event), unlessOver: true }));
  const context: WorkContext<unknown> = {
    runId,
    sessionId,
    input,
    prompt: snapshot.prompt,
    attempt,
    signal,
    step: createStep(runId, signal, record),
    emit: record,
    log: (message, data) =>
      record({ type: 'log', level: 'info', message, ...(data !== undefined && { data }) }),
    outputs: outputs(attempt, record),
  };
  const say = (event: RunEvent) =>
    insist(async () => run.finish({ draft: draftEvent(runId, event) }));
  let last: RunEvent;
  try {
    // Durable before any work: from here on an earlier owner's appends are refused.
    await begin({ type: 'attempt.started', attempt, owner: run.ownerId });
    const first = definition.plan === undefined ? 'run.started' : 'planning.started';
    const prompt = definition.plan === undefined ? { prompt: snapshot.prompt } : {};
    await begin({ type: first, ...prompt });
    signal.throwIfAborted();
    last = { type: 'run.completed', result: await phases(definition, context, record) };
  } catch (error) {
    if (signal.aborted && isAbort(error, signal)) {
      if (isReleased(signal)) await release(run, attempt);
      return;
    }
    last = failed(error);
  }
  try {
    await say(last);
  } catch (error) {
    if (isRunchartError(error, 'OWNER_FENCED')) return;
    const isRefused =
      isRunchartError(error, 'VERIFICATION_REQUIRED') || isRunchartError(error, 'EVENT_TOO_LARGE');
    if (!isRefused) throw error;
    await say(failed(error));
  }
}

/** The phases of a definition that has begun, each announced before its code runs. */
async function phases(
  definition: AnyDefinition,
  context: WorkContext<unknown>,
  record: (event: RunEvent) => Promise<unknown>,
): Promise<unknown> {
  const { runId, signal } = context;
  let plan: unknown;
  if (definition.plan !== undefined) {
    plan = toJson(await definition.plan(context), runId, 'plan');
    await record({ type: 'planning.completed', plan });
    signal.throwIfAborted();
  }
  const answer: unknown = await definition.execute({ ...context, plan });
  const result = toJson(answer, runId, 'result');
  if (definition.verify === undefined) return result;
  if (isReleased(signal)) throw signal.reason;
  // Work that ended after its run was over has a result all the same: it is recorded late.
  if (signal.aborted) return result;
  await record({ type: 'verification.started' });
  signal.throwIfAborted();
  const checks: Check[] = [];
  const check: VerifyContext<unknown, unknown, unknown>['check'] = (
    name,
    outcome,
    options = {},
  ) => {
    const status = typeof outcome === 'string' ? outcome : outcome ? 'passed' : 'failed';
    checks.push({ required: true, ...options, name, status });
  };
  await definition.verify({ ...context, plan, result: answer, check });
  await record({ type: 'verification.reported', checks });
  const summary = summarise(checks);
  if (summary === 'passed' || summary === 'skipped') return result;
  throw new RunchartError(
    'VERIFICATION_FAILED',
    `Run ${runId} was not verified: ${summary} (${namesOf(checks)}).`,
  );
}

function namesOf(checks: readonly Check[]): string {
  const open = checks.filter(({ status }) => status !== 'passed');
  return open.map(({ name, status }) => `${name}: ${status}`).join(', ');
}

function failed(error: unknown): RunEvent {
  return { type: 'run.failed', error: toFailure(error) };
}

/** Lets the run go as it stands, for another owner to go on with. */
async function release(run: HostedRun, attempt: number): Promise<void> {
  const draft = draftEvent(run.runId, { type: 'attempt.ended', attempt });
  await run.finish({ draft, owner: null, unlessOver: true });
}

/** Work that stops because it was told to throws the reason, or what its libraries make of it. */
function isAbort(error: unknown, signal: AbortSignal): boolean {
  return (
    error === signal.reason ||
    (error instanceof Error && error.name === 'AbortError') ||
    isRunchartError(error, 'OWNER_FENCED')
  );
}

function isReleased({ reason }: AbortSignal): boolean {
  return isRunchartError(reason, 'RUNTIME_CLOSED');
}

function toJson(value: unknown, runId: string, what: string): unknown {
  const flaw = value === undefined ? undefined : jsonProblem(value, what);
  if (flaw === undefined) return value ?? null;
  throw new RunchartError(
    'EVENT_INVALID',
    `Run ${runId}: ${flaw}. Return JSON, and keep everything else in outputs.`,
  );
}
