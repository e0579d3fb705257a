import { isDeepStrictEqual } from 'node:util';
import { nameOf } from './interpreter.ts';
import { deadlineOf, endOf, remembered, type SeenRun } from './ledger.ts';
import { codesOf } from './look.ts';
import { machineName, trailOf } from './machine-run.ts';
import type { Stage } from './perform.ts';
import type { Plan } from './plan.ts';
import {
  expectedOf,
  type Given,
  type MachinePart,
  planOf,
  type Program,
  type Verdict,
} from './program.ts';

/** The program of a run; undefined for a machine, and for a run without code. */
export function programOf({ plan }: Stage, { definition }: SeenRun): Program | undefined {
  return plan.programs.find((_, i) => nameOf(i) === definition);
}

/** A run ends by its own code with what its program says, or by a command. */
export function checkEnd(stage: Stage, run: SeenRun): void {
  const { complain, ledger } = stage.world;
  const { runId } = run;
  const end = endOf(run);
  if (end === undefined) return complain(`${runId} is still ${run.record.status}`);
  const program = programOf(stage, run);
  const { result, error, reason } = end.event as {
    readonly result?: unknown;
    readonly error?: { readonly message?: string; readonly code?: string };
    readonly reason?: string;
  };
  const by = String(end.type === 'run.failed' ? error?.message : (reason ?? result));
  if (by.startsWith('mark ')) return;
  if (end.type === 'run.cancelled') {
    const parent = ledger.find(run.parentRunId ?? '');
    const how = parent && endOf(parent)?.type;
    if (how === 'run.cancelled' || how === 'run.failed') return;
  }
  const source = ledger.find(run.forkedFrom?.runId ?? '');
  // Pruned after the fork was planned and before it was there: the fork says so.
  if (source?.isPruned === true && error?.code === 'RUN_NOT_FOUND') return;
  if (end.type === 'run.failed' && mayFail(stage, run, error?.code, end.atMs)) return;
  if (end.type !== 'run.completed') {
    return complain(`${runId} ended by nobody's command: ${end.json.slice(0, 500)}`);
  }
  checkPhases(stage, run);
  const expected =
    program === undefined
      ? trailOf(machineOf(stage, run))
      : expectedOf(program, givenTo(stage, run));
  if (isDeepStrictEqual(result, expected)) return;
  complain(`${runId} has ${JSON.stringify(result)}, not ${JSON.stringify(expected)}`);
}

/** Other code than before, a deadline and a check may each fail a run, where it has them. */
function mayFail(
  { world, plan }: Stage,
  run: SeenRun,
  code: string | undefined,
  atMs: number,
): boolean {
  if (code === 'RUN_TIMEOUT') return atMs >= deadlineOf(run);
  if (code === 'VERIFICATION_FAILED') return verdictOf(plan, run) === 'failed';
  if (code !== 'DEFINITION_CHANGED') return false;
  const codes = codesOf(remembered(world.ledger, run));
  return [...codes].some((name) => name !== `code ${run.code}`);
}

function verdictOf({ verdicts }: Plan, { definition }: SeenRun): Verdict | null {
  return verdicts.find((_, i) => nameOf(i) === definition) ?? null;
}

function machineOf({ plan }: Stage, { definition }: SeenRun): readonly MachinePart[] {
  return plan.machines.find((_, i) => machineName(i) === definition) ?? [];
}

function givenTo({ world }: Stage, run: SeenRun): Given {
  const log = remembered(world.ledger, run).filter(({ late }) => !late);
  const expired = log.filter(
    ({ type, event }) => type === 'interrupt.resolved' && event['outcome'] === 'expired',
  );
  return {
    signals: log
      .filter(({ type }) => type === 'signal.received')
      .map(({ event }) => event['signal']),
    expired: new Set(expired.map(({ event }) => String(event['interruptId']))),
  };
}

/** What plans has a plan, and what verifies has looked: each once, and before it was over. */
function checkPhases(stage: Stage, run: SeenRun): void {
  const { world, plan } = stage;
  const verdict = verdictOf(plan, run);
  if (verdict === null) return;
  const log = remembered(world.ledger, run).filter(({ late }) => !late);
  const plans = log.filter(({ type }) => type === 'planning.completed');
  const expected = planOf(programOf(stage, run) ?? []);
  if (plans.length !== 1 || !isDeepStrictEqual(plans[0]?.event['plan'], expected)) {
    world.complain(`${run.runId} was planned ${plans.length} times`);
  }
  const hasLooked = log.some(({ type }) => type === 'verification.reported');
  if (verdict === 'failed' || !hasLooked) {
    world.complain(
      `${run.runId} is completed, and its check is ${verdict}, looked at: ${hasLooked}`,
    );
  }
}
