import type { HostedRun, Performed } from './actors/index.ts';
import { cancelChild, isOrphan } from './cancel-children.ts';
import { refuseHeldSession } from './child-session.ts';
import { settleFork } from './fork-run.ts';
import { digest, outputIdOf } from './ids.ts';
import type { RegisteredDefinitions } from './registered-definitions.ts';
import { type OutputsPort, workOutputs } from './run-outputs.ts';
import type { NewRun, Telemetry } from './telemetry.ts';
import { type ChildOptions, type ChildRun, hostRun } from './work/index.ts';

export interface PerformPort extends OutputsPort {
  readonly definitions: RegisteredDefinitions;
  readonly maxAttempts: number;
  readonly onError: (error: unknown) => void;
  readonly telemetry: Telemetry | undefined;
  /** Starts a run, or finds the one that was started under the key before. */
  readonly startChild: (
    parent: NonNullable<NewRun['parent']>,
    name: string,
    options: ChildOptions & { readonly input: unknown; readonly idempotencyKey: string },
  ) => Promise<ChildRun>;
}

/** Does the work of a run whose attempt has begun here. */
export async function performRun(run: HostedRun, port: PerformPort): Promise<Performed> {
  const { runId, snapshot } = run;
  const { supervisor, definitions, clock, limits, ids, onError, maxAttempts } = port;
  const { events, checkpoints } = supervisor.stores;
  const definition = definitions.get(snapshot.definition ?? '');
  if (await isOrphan(supervisor, snapshot)) {
    await cancelChild(supervisor, runId, snapshot.parentRunId);
    return 'ended';
  }
  return hostRun(definition, run, {
    events,
    checkpoints,
    clock,
    maxAttempts,
    eventsPerRun: limits.eventsPerRun,
    onWarning: onError,
    aroundStep: port.telemetry?.around,
    settleFork: (source) => settleFork(supervisor, snapshot, definition, source),
    startChild: async ({ name }, input, { idempotencyKey, ...options }) => {
      await refuseHeldSession(supervisor, runId, options.sessionId);
      // A key of fixed length: that of a step may be longer than a store takes.
      const key = `child_${digest(idempotencyKey)}`;
      const parent = { runId, stepId: idempotencyKey.slice(runId.length + 1) };
      return port.startChild(parent, name, { ...options, input, idempotencyKey: key });
    },
    outputs: (work) =>
      workOutputs(runId, port, {
        ...work,
        outputId: (key) =>
          key === undefined ? ids.output() : outputIdOf(runId, snapshot.createdAtMs, key),
      }),
  });
}
