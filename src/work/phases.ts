import { RunchartError } from '../errors.ts';
import { jsonProblem } from '../json.ts';
import { type Check, type RunStatus, summarise } from '../machines/index.ts';
import type { AnyDefinition, VerifyContext, WorkContext } from './define-run.ts';
import type { Desk } from './desk.ts';
import { isLetGo } from './letting-go.ts';
import { misplaced } from './misplaced.ts';

export interface PhasesPort extends Pick<Desk, 'history' | 'journal' | 'record' | 'signal'> {
  /** The run's when the attempt began. */
  readonly status: RunStatus;
}

/** The phases of a definition, each announced before its code runs. Answers the result of the run. */
export async function phases(
  definition: AnyDefinition,
  context: WorkContext<unknown>,
  port: PhasesPort,
): Promise<unknown> {
  const { signal, prompt, runId } = context;
  const { history, journal, record, status } = port;
  const plan = await planOf(definition, context, port);
  const isPlanned = definition.plan !== undefined && history.plan === undefined;
  if (!isPlanned && status !== 'executing') {
    await record({ type: 'run.started', prompt });
  }
  signal.throwIfAborted();
  const answer: unknown = await definition.execute({ ...context, plan });
  const result = toJson(answer, runId, 'result');
  if (definition.verify !== undefined) {
    if (isLetGo(signal)) throw signal.reason;
    // Work that ended after its run was over has a result all the same: it is recorded late.
    if (!signal.aborted)
      await verify(definition.verify, { ...context, plan, result: answer }, port);
  }
  if (!signal.aborted) journal.finish();
  return result;
}

/** A plan that was made is kept: its code does not run again. */
async function planOf(
  definition: AnyDefinition,
  context: WorkContext<unknown>,
  { history, journal, record, signal, status }: PhasesPort,
): Promise<unknown> {
  if (definition.plan === undefined) return undefined;
  if (history.plan !== undefined) {
    journal.skipTo(history.plan.at);
    return history.plan.value;
  }
  if (status !== 'planning') await record({ type: 'planning.started' });
  signal.throwIfAborted();
  const plan = toJson(await definition.plan(forPlanning(context)), context.runId, 'plan');
  await record({ type: 'planning.completed', plan });
  signal.throwIfAborted();
  return plan;
}

/** An attempt that comes later has the plan, and does not run its code. */
function forPlanning(context: WorkContext<unknown>): WorkContext<unknown> {
  const refuse = (call: string) => async (): Promise<never> => {
    throw misplaced(call, 'plan', context.runId);
  };
  return {
    ...context,
    receive: refuse('receive'),
    checkpoint: refuse('checkpoint'),
    state: { ...context.state, update: refuse('state.update') },
  };
}

async function verify(
  code: NonNullable<AnyDefinition['verify']>,
  context: Omit<VerifyContext<unknown, unknown, unknown>, 'check'>,
  { record, signal }: PhasesPort,
): Promise<void> {
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
  await code({ ...context, check });
  await record({ type: 'verification.reported', checks });
  const summary = summarise(checks);
  if (summary === 'passed' || summary === 'skipped') return;
  throw new RunchartError(
    'VERIFICATION_FAILED',
    `Run ${context.runId} was not verified: ${summary} (${namesOf(checks)}).`,
  );
}

function namesOf(checks: readonly Check[]): string {
  const open = checks.filter(({ status }) => status !== 'passed');
  return open.map(({ name, status }) => `${name}: ${status}`).join(', ');
}

function toJson(value: unknown, runId: string, what: string): unknown {
  const flaw = value === undefined ? undefined : jsonProblem(value, what);
  if (flaw === undefined) return value ?? null;
  throw new RunchartError(
    'EVENT_INVALID',
    `Run ${runId}: ${flaw}. Return JSON, and keep everything else in outputs.`,
  );
}
