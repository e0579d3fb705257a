import type { Supervisor } from './actors/index.ts';
import { RunchartError } from './errors.ts';
import type { RunCheckpoints } from './run.ts';
import type { CheckpointLine } from './stores/index.ts';

/** The checkpoints of a run, as its handles show them. */
export function createCheckpoints(runId: string, supervisor: Supervisor): RunCheckpoints {
  const { checkpoints } = supervisor.stores;
  const line = async (): Promise<CheckpointLine> => {
    const { definition } = await supervisor.record(runId);
    return { definition: definition ?? '', runId };
  };
  return {
    list: async () => checkpoints.list(await line()),
    latest: async () => checkpoints.latest(await line()),
    load: async (superStep) => {
      const found = await checkpoints.load({ ...(await line()), superStep });
      if (found !== undefined) return found;
      throw new RunchartError(
        'CHECKPOINT_NOT_FOUND',
        `Run ${runId} has not kept checkpoint ${superStep}; list its checkpoints.`,
      );
    },
  };
}
