import type { Recorded, Supervisor } from './actors/index.ts';
import { checkNumber } from './check-input.ts';
import type { Kin } from './create-run.ts';
import { type ForkKey, planFork, settleFork, throwForkError } from './fork-run.ts';
import type { RunSnapshot } from './machines/index.ts';
import type { RegisteredDefinitions } from './registered-definitions.ts';
import type { ForkOptions, NewRunOptions } from './runtime.ts';

export interface ForkPort {
  readonly supervisor: Supervisor;
  readonly definitions: RegisteredDefinitions;
  /** Any process that has the definition may drive it. */
  readonly forAnybody: boolean;
  readonly create: (
    given: NewRunOptions,
    definition: string | null,
    more: Readonly<Record<string, unknown>>,
    kin: Kin,
  ) => Promise<Recorded>;
}

/** Creates a run that begins with a checkpoint of another, and has it driven if its code is here. */
export async function startFork(
  { supervisor, definitions, forAnybody, create }: ForkPort,
  key: ForkKey,
  { edits = [], throughReducers = false, priority = 0, ...given }: ForkOptions,
): Promise<RunSnapshot> {
  checkNumber('priority', priority);
  const { runId } = key;
  const { definition: name } = await supervisor.record(runId);
  const known = definitions.find(name);
  const plan = await planFork(supervisor, known, key, { edits, throughReducers });
  const { source, input, inputs, forkedFrom, trace } = plan;
  const { prompt, requireVerification } = source;
  const more = {
    input,
    version: known?.version ?? source.version,
    forkedFrom,
    // Without its definition here somebody else has to drive it.
    unowned: forAnybody || known === undefined,
    ...(inputs.length > 0 && { inputs }),
  };
  const kin = { forkedFrom: { runId, trace } };
  const creating = create({ prompt, requireVerification, ...given }, name, more, kin);
  const created = await creating.catch((error: unknown) => throwForkError(error, runId));
  const { snapshot, isRepeat } = created;
  const job = { runId: snapshot.runId, sessionId: snapshot.sessionId, priority };
  try {
    await settleFork(supervisor, snapshot, known, forkedFrom);
  } finally {
    // It is there: its first attempt settles what could not be settled now.
    if (known !== undefined) supervisor.hosting.dispatchNew(job, isRepeat);
  }
  return snapshot;
}
