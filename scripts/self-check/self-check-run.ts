import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLineKeeper } from '../../src/cli/exec/line-keeper.ts';
import { runProcess } from '../../src/cli/process/run-process.ts';
import { defineRun, type ExecuteContext, type Json, type RunDefinition } from '../../src/index.ts';
import { SELF_CHECKS, type SelfCheck } from './checks.ts';

export interface SelfCheckHooks {
  /** Told where the run is: its status, and the step it works on. */
  readonly onPhase: (phase: string) => void;
  /** Told of each line of a tool. */
  readonly onLine: (text: string) => void;
  /** Ends the tool at once. */
  readonly force: AbortSignal;
}

type Plan = readonly string[];
/** What came of one check. */
type Outcome = {
  readonly name: string;
  readonly exitCode: number | null;
  readonly ok: boolean;
  readonly summary: string;
  readonly counts: { readonly [name: string]: Json };
};

/** The checks of this repository as a run: a step per check, and what the tools reported is verified. */
export function selfCheckRun(
  root: string,
  { onPhase, onLine, force }: SelfCheckHooks,
): RunDefinition<undefined, Plan, readonly Outcome[]> {
  const perform = async (
    check: SelfCheck,
    { outputs, emit }: ExecuteContext<undefined, Plan>,
    signal: AbortSignal,
  ): Promise<Outcome> => {
    const folder = await mkdtemp(join(tmpdir(), 'runchart-start-'));
    try {
      const lines: string[] = [];
      const keeper = createLineKeeper(outputs);
      const command = [process.execPath, ...check.args(folder)];
      const { exitCode } = await runProcess({
        command,
        cwd: root,
        env: plainEnv(),
        signal,
        force,
        onStart: (pid) => emit({ type: 'custom.process.started', pid, command }),
        onLine: (text) => {
          onLine(text);
          lines.push(text);
          return keeper.keep(text, check.name);
        },
      });
      await keeper.settled();
      signal.throwIfAborted();
      const report = await check.report(lines, folder).catch((error: unknown) => ({
        ok: false,
        summary: `no report: ${String(error)}`,
        counts: {},
      }));
      await outputs.artifact(check.name, { exitCode, ...report });
      return { name: check.name, exitCode, ...report };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };

  return defineRun<undefined, Plan, readonly Outcome[]>({
    name: 'self-check',
    version: '1',
    plan: () => {
      onPhase('planning');
      return SELF_CHECKS.map(({ name }) => name);
    },
    execute: async (context) => {
      const outcomes: Outcome[] = [];
      for (const check of SELF_CHECKS.filter(({ name }) => context.plan.includes(name))) {
        onPhase(`executing: ${check.name}`);
        outcomes.push(
          await context.step(check.name, ({ signal }) => perform(check, context, signal)),
        );
      }
      await context.outputs.final(outcomes, { ok: outcomes.every(({ ok }) => ok) });
      return outcomes;
    },
    verify: ({ result, check }) => {
      onPhase('verifying');
      for (const { name, claim } of SELF_CHECKS) {
        const outcome = result.find((one) => one.name === name);
        check(claim, outcome?.ok === true, { evidence: outcome ?? null });
      }
    },
  });
}

/** Without colours: the lines are kept, and read by programs. */
function plainEnv(): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _, ...env } = process.env;
  return { ...env, NO_COLOR: '1' };
}
