import { RunchartError } from '../errors.ts';
import type { ChannelValues, CheckpointLine, CheckpointRef } from './checkpointer.ts';
import { applyPatches } from './state-patch.ts';
import type { StatePatch } from './state-patch.ts';
import { parseStored } from '../stored-json.ts';

/**
 * What a store keeps of a checkpoint: its values, or a patch of an earlier checkpoint. As soon as the
 * patches since the last whole one would take more than that one does, the next is whole. So reading a
 * checkpoint costs at most some times what its values do, however many came before, and all of them
 * together take at most about three times what changed: mostly two.
 */
export interface Link {
  /** JSON text. */
  readonly vals: string;
  readonly isWhole: boolean;
  /** How many bytes of patches may follow. */
  readonly room: number;
}

/** What a patch costs a store beside its text, in bytes. */
const ROW_BYTES = 100;

export function wholeLink(vals: string): Link {
  return { vals, isWhole: true, room: Buffer.byteLength(vals) };
}

/** The link of a patch to one that leaves `room`; `chain` reads the texts up to there. */
export function patchLink(patch: string, room: number, chain: () => readonly string[]): Link {
  const left = room - Buffer.byteLength(patch) - ROW_BYTES;
  if (left >= 0) return { vals: patch, isWhole: false, room: left };
  return wholeLink(JSON.stringify(readChain([...chain(), patch])));
}

/** The values at the end of a chain of texts: a whole checkpoint, then patches, oldest first. */
export function readChain([whole = '{}', ...patches]: readonly string[]): ChannelValues {
  const values = parseStored<ChannelValues>(whole, () => 'a checkpoint');
  if (patches.length === 0) return values;
  return applyPatches(
    values,
    patches.map((text) => parseStored<StatePatch>(text, () => 'the change of a checkpoint')),
  );
}

export function refuseBase({ definition, runId }: CheckpointLine, from: CheckpointRef): never {
  throw new RunchartError(
    'CHECKPOINT_NOT_FOUND',
    `There is no version ${from.version} of checkpoint ${from.superStep} of run ${runId} ` +
      `(definition ${definition}) to change; save the checkpoint without a change.`,
  );
}
