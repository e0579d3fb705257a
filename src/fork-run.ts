import { draftEvent, insist, type Supervisor } from './actors/index.ts';
import { isRunchartError, RunchartError } from './errors.ts';
import type { Json } from './json.ts';
import {
  type ForkSource,
  parseSnapshot,
  type RunSnapshot,
  type TraceContext,
} from './machines/index.ts';
import type { ChannelValues, CheckpointRef, Stores } from './stores/index.ts';
import { type AnyDefinition, applyEdits, checkpointId, readHistory } from './work/index.ts';

/** The checkpoint to begin with. */
export interface ForkKey {
  readonly runId: string;
  /** Default: the last one. */
  readonly superStep?: number;
}

export interface ForkEdits {
  /** Values of channels, set in this order; the last of a channel wins, and new channels are allowed. */
  readonly edits?:
    | Readonly<Record<string, Json>>
    | readonly (readonly [channel: string, value: Json])[];
  /** The edits are merged by the channels' reducers instead of set. */
  readonly throughReducers?: boolean;
}

/** What a fork would begin with. */
export interface ForkCheck {
  /** The value of each channel, after the edits. */
  readonly values: ChannelValues;
}

/** What a fork begins with. */
export interface ForkPlan {
  readonly source: RunSnapshot;
  readonly input: Json | undefined;
  readonly inputs: readonly string[];
  readonly forkedFrom: ForkSource;
  /** undefined: only the definition, which is not here, can tell. */
  readonly values: ChannelValues | undefined;
  /** That of the source. */
  readonly trace: TraceContext | undefined;
}

/**
 * Looks a checkpoint up and checks the edits of it. Rejects with RUN_NOT_FOUND, CHECKPOINT_NOT_FOUND,
 * CHANNEL_UNKNOWN or CHANNEL_INVALID.
 */
export async function planFork(
  supervisor: Supervisor,
  definition: AnyDefinition | undefined,
  { runId, superStep }: ForkKey,
  { edits = [], throughReducers = false }: ForkEdits,
): Promise<ForkPlan> {
  const source = parseSnapshot((await supervisor.record(runId)).snapshot);
  const history = await readHistory(supervisor.stores.events, runId);
  const ref =
    superStep === undefined ? history.lastCheckpoint : loggedCheckpoint(history, superStep);
  if (ref === undefined) throw notFound(runId, superStep);
  const pairs = Array.isArray(edits) ? edits : Object.entries(edits);
  const forkedFrom: ForkSource = { ...ref, runId, edits: pairs, throughReducers };
  const isLater = isForLater(definition, forkedFrom);
  const values = await (isLater
    ? keptValues(supervisor.stores, source.definition, forkedFrom)
    : editedValues(supervisor.stores, source.definition, definition, forkedFrom));
  const { input, inputs, trace } = history;
  return { source, input, inputs, forkedFrom, trace, values: isLater ? undefined : values };
}

/**
 * What a fork would begin with, and nothing is written. Rejects as the fork would, and with
 * DEFINITION_UNKNOWN for edits through reducers that are not here.
 */
export async function checkFork(
  supervisor: Supervisor,
  definition: AnyDefinition | undefined,
  key: ForkKey,
  edits: ForkEdits,
): Promise<ForkCheck> {
  const { source, values } = await planFork(supervisor, definition, key, edits);
  if (values !== undefined) return { values };
  throw new RunchartError(
    'DEFINITION_UNKNOWN',
    `The reducers of "${source.definition}", by which the edits are to be merged, are not registered here; ` +
      'the fork itself can be made, and is merged where they are.',
  );
}

/**
 * Gives a fork its first checkpoint and tells its source of it: whatever of the two is not done yet.
 * Called when the fork is made, and again when it is first driven, as there may be a crash in between.
 */
export async function settleFork(
  supervisor: Supervisor,
  fork: RunSnapshot,
  definition: AnyDefinition | undefined,
  forkedFrom: ForkSource,
): Promise<void> {
  const { stores } = supervisor;
  const { runId, superStep, version } = forkedFrom;
  const line = { definition: fork.definition ?? '', runId: fork.runId };
  const isLater = isForLater(definition, forkedFrom);
  if (!isLater && (await stores.checkpoints.latest(line)) === undefined) {
    const values = await editedValues(stores, fork.definition, definition, forkedFrom);
    const label = `fork of ${runId}`;
    const draft = { ...line, superStep, label, createdAtMs: fork.createdAtMs, values };
    await stores.checkpoints.save(draft);
  }
  const event = { type: 'run.forked', forkRunId: fork.runId, superStep, version };
  const draft = draftEvent(runId, event);
  await insist(supervisor.clock, () =>
    supervisor.submit(runId, { draft, idempotencyKey: `fork ${fork.runId}` }),
  );
}

/** Throws why a fork was not created: its source may have been deleted since it was looked at. */
export function throwForkError(error: unknown, sourceRunId: string): never {
  if (!isRunchartError(error, 'RUN_NOT_FOUND')) throw error;
  throw new RunchartError('RUN_NOT_FOUND', `Run ${sourceRunId} was deleted while it was forked.`, {
    cause: error,
  });
}

function loggedCheckpoint(
  { entries }: Awaited<ReturnType<typeof readHistory>>,
  superStep: number,
): CheckpointRef | undefined {
  const outcome = entries.get(checkpointId(superStep))?.outcome;
  return outcome?.ok === true ? (outcome.value as unknown as CheckpointRef) : undefined;
}

/** Only the definition has the reducers: without it the edits are merged when the fork is first driven. */
function isForLater(
  definition: AnyDefinition | undefined,
  { throughReducers }: ForkSource,
): boolean {
  return definition === undefined && throughReducers;
}

async function editedValues(
  stores: Stores,
  name: string | null,
  definition: AnyDefinition | undefined,
  source: ForkSource,
): Promise<ChannelValues> {
  const { edits, throughReducers } = source;
  const values = await keptValues(stores, name, source);
  return applyEdits(definition?.state ?? {}, values, edits, { throughReducers });
}

async function keptValues(
  { checkpoints }: Stores,
  name: string | null,
  { runId, superStep }: ForkSource,
): Promise<ChannelValues> {
  const found = await checkpoints.load({ definition: name ?? '', runId, superStep });
  if (found === undefined) throw notFound(runId, superStep);
  return found.values;
}

function notFound(runId: string, superStep: number | undefined): RunchartError {
  const which = superStep === undefined ? 'a checkpoint' : `checkpoint ${superStep}`;
  return new RunchartError(
    'CHECKPOINT_NOT_FOUND',
    `Run ${runId} has not kept ${which}; list its checkpoints to see what to begin with.`,
  );
}
