import type { CheckpointMeta, InterruptInfo, Run, RunInfo, RunStatus, Runtime } from '../index.ts';
import { allRuns } from './runs.ts';

export interface Relative {
  readonly runId: string;
  readonly status: RunStatus;
}

/** A run, and what there is beside its snapshot: what `show --json` prints. */
export interface RunDetails extends RunInfo {
  /** The runs that it started for parts of its work, in that order. */
  readonly children: readonly Relative[];
  /** The runs that began with a checkpoint of it, in the order in which they were made. */
  readonly forks: readonly Relative[];
  readonly checkpoints: {
    /** All versions count. */
    readonly count: number;
    readonly last: Pick<CheckpointMeta, 'superStep' | 'version' | 'label'> | null;
  };
  /** What it asks. How to answer is told by `interrupts`. */
  readonly interrupts: readonly Omit<InterruptInfo, 'token'>[];
}

export async function detailsOf(runtime: Runtime, run: Run, info: RunInfo): Promise<RunDetails> {
  const [children, forks, kept, open] = await Promise.all([
    relatives(runtime, { parentRunId: run.id }),
    relatives(runtime, { forkedFrom: run.id }),
    run.checkpoints.list(),
    run.interrupts.list(),
  ]);
  const last = kept.at(-1);
  return {
    ...info,
    children,
    forks,
    checkpoints: {
      count: kept.length,
      last:
        last === undefined
          ? null
          : { superStep: last.superStep, version: last.version, label: last.label },
    },
    interrupts: open.map(({ token: _, ...asked }) => asked),
  };
}

async function relatives(
  runtime: Runtime,
  filter: { readonly parentRunId: string } | { readonly forkedFrom: string },
): Promise<Relative[]> {
  const found: Relative[] = [];
  for await (const { snapshot } of allRuns(runtime, filter)) {
    found.push({ runId: snapshot.runId, status: snapshot.status });
  }
  return found.toReversed();
}
