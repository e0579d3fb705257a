import { type Clock, draftEvent, type Ids, type Supervisor, takenOver } from './actors/index.ts';
import { digest } from './ids.ts';
import { isTerminal, parseSnapshot } from './machines/index.ts';
import { keyed } from './run.ts';
import type { Limits } from './runtime.ts';
import { createOutputs, type OutputPort, type RunOutputs } from './work/index.ts';

export interface OutputsPort {
  readonly supervisor: Supervisor;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly limits: Required<Limits>;
}

/** The outputs of a run as its handles have them. `epoch`: that of a holder who drives it. */
export function handleOutputs(
  runId: string,
  epoch: number | undefined,
  port: OutputsPort,
): RunOutputs {
  const { supervisor, ids } = port;
  const asDriver = epoch === undefined ? {} : { epoch };
  return workOutputs(runId, port, {
    attempt: async () => {
      const now = parseSnapshot((await supervisor.record(runId)).snapshot);
      // Asked before the output is stored: it would count for the attempt of the new owner.
      if (epoch !== undefined && epoch !== now.epoch && !isTerminal(now.status)) {
        throw takenOver(runId);
      }
      return Math.max(1, now.attempt);
    },
    record: (event, key) =>
      supervisor.submit(runId, { draft: draftEvent(runId, event), ...asDriver, ...keyed(key) }),
    epoch: () => epoch,
    outputId: () => ids.output(),
  });
}

/** The outputs of a run as its work has them. */
export function workOutputs(
  runId: string,
  { supervisor, clock, limits }: OutputsPort,
  work: Pick<OutputPort, 'attempt' | 'record' | 'key' | 'known' | 'epoch' | 'durably' | 'outputId'>,
): RunOutputs {
  const { outputs: store, blobs } = supervisor.stores;
  return createOutputs({
    runId,
    store,
    blobs,
    clock: () => clock.now(),
    limits,
    keyedId: (key) => `out_${digest(runId, key)}`,
    ...work,
  });
}
