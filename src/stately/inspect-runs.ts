import type { RunInfo, Runtime } from '../runtime.ts';
import { isTerminal } from '../machines/index.ts';
import { tellFault, warnOf } from '../tell-fault.ts';
import type { AnyDefinition } from '../work/index.ts';
import { inspectRun, type InspectRunOptions } from './inspect-run.ts';
import type { StatelyInspector } from './stately-inspector.ts';

export interface InspectRunsOptions extends Pick<InspectRunOptions, 'signal' | 'onError'> {
  /** Definitions whose machines are shown with their runs. */
  readonly definitions?: readonly AnyDefinition[];
  /** Which runs are shown. Default: all. */
  readonly filter?: (run: RunInfo) => boolean;
  /** How many runs that are there already are shown, the newest. Default 100. */
  readonly recent?: number;
}

const DEFAULT_RECENT = 100;

/**
 * Shows the runs of a runtime, or of a client of one, in an inspector of Stately: those that are there, oldest first,
 * and those that come, each as `inspectRun` does and each once.
 *
 * Resolves when `signal` is aborted or the runtime closes. A run that cannot be read is a fault for `onError`.
 */
export async function inspectRuns(
  runtime: Pick<Runtime, 'list' | 'changes' | 'get'>,
  inspector: StatelyInspector,
  {
    definitions = [],
    filter = () => true,
    recent = DEFAULT_RECENT,
    signal,
    onError = warnOf,
  }: InspectRunsOptions = {},
): Promise<void> {
  const machines = new Map(definitions.map(({ name, machine }) => [name, machine]));
  const seen = new Set<string>();
  const shown = new Set<Promise<void>>();
  const tell = (error: unknown): void => tellFault(error, onError);
  const show = async (info: RunInfo): Promise<void> => {
    const { runId, definition, status } = info.snapshot;
    if (seen.has(runId) || !filter(info)) return;
    seen.add(runId);
    const machine = machines.get(definition ?? '');
    const showing = inspectRun(await runtime.get(runId), inspector, {
      onError,
      ...(machine !== undefined && { machine }),
      ...(signal !== undefined && { signal }),
    });
    // What is over is told at once, one run after the other; what goes on is told as it comes.
    if (isTerminal(status)) return showing;
    const done = showing.catch(tell).finally(() => shown.delete(done));
    shown.add(done);
  };
  const showAll = async (limit: number): Promise<void> => {
    const { runs } = await runtime.list({ limit });
    for (const info of runs.toReversed()) {
      if (signal?.aborted === true) return;
      await show(info).catch(tell);
    }
  };
  // Listen first, look second: what begins in between is in both, and shown once.
  const changes = runtime.changes(signal === undefined ? {} : { signal });
  await showAll(recent);
  for await (const change of changes) {
    if (change.kind === 'changed') await show(change.run).catch(tell);
    else if (change.kind === 'missed') await showAll(recent);
  }
  await Promise.all(shown);
}
