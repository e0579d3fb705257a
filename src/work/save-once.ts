import type { CheckpointDraft, Checkpointer, CheckpointMeta, WriteGuard } from '../stores/index.ts';
import type { Desk } from './desk.ts';

/** Saves, also to a store that fails for a moment, and keeps one version where only the answer was lost. */
export function saveOnce(
  { durably }: Pick<Desk, 'durably'>,
  store: Checkpointer,
  draft: CheckpointDraft,
  guard: WriteGuard,
): Promise<CheckpointMeta> {
  let isRepeat = false;
  return durably(async () => {
    const { definition, runId, superStep } = draft;
    const kept = isRepeat ? await store.latest({ definition, runId }) : undefined;
    isRepeat = true;
    return kept?.superStep === superStep ? kept : store.save(draft, guard);
  });
}
