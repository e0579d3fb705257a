import { useEffect, useState } from 'preact/hooks';
import { isRunchartError } from '../../../errors.ts';
import type { ChannelValues } from '../../../stores/checkpointer.ts';
import { runtime } from '../api.ts';
import { type EditTexts, readEdits } from './fork-edits.ts';

/** What the server says of a fork that is being put together. */
export type ForkChecked =
  /** Nothing is edited, or what is typed is no JSON yet. */
  | { readonly state: 'none' }
  | { readonly state: 'checking' }
  | { readonly state: 'fine'; readonly values: ChannelValues }
  | { readonly state: 'refused'; readonly error: unknown }
  /** It can be made, and only the definition, which is not here, can tell what it begins with. */
  | { readonly state: 'unknown' }
  /** It could not be asked. */
  | { readonly state: 'failed'; readonly error: unknown };

/** Milliseconds after the last key until the server is asked. */
const TYPED_MS = 300;
/** Refusals that the edits are the reason of. */
const REFUSALS: ReadonlySet<string> = new Set([
  'CHANNEL_INVALID',
  'CHANNEL_UNKNOWN',
  'CHECKPOINT_NOT_FOUND',
  'RUN_NOT_FOUND',
]);

/** Asks what a fork would begin with, as one types. An answer that a later key has overtaken is dropped. */
export function useForkCheck(
  key: { readonly runId: string; readonly superStep: number },
  texts: EditTexts,
  throughReducers: boolean,
): ForkChecked {
  const [checked, setChecked] = useState<ForkChecked>({ state: 'none' });
  useEffect(() => {
    const { edits, problems } = readEdits(texts);
    if (edits.length === 0 || problems.size > 0) {
      setChecked({ state: 'none' });
      return undefined;
    }
    let isOver = false;
    const tell = (next: ForkChecked): void => {
      if (!isOver) setChecked(next);
    };
    setChecked((before) => (before.state === 'refused' ? before : { state: 'checking' }));
    const timer = setTimeout(() => {
      runtime.checkFork(key, { edits, throughReducers }).then(
        ({ values }) => tell({ state: 'fine', values }),
        (error: unknown) => tell(stateOf(error)),
      );
    }, TYPED_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [key.runId, key.superStep, texts, throughReducers]);
  return checked;
}

function stateOf(error: unknown): ForkChecked {
  if (isRunchartError(error, 'DEFINITION_UNKNOWN')) return { state: 'unknown' };
  const isRefusal = isRunchartError(error) && REFUSALS.has(error.code);
  return isRefusal ? { state: 'refused', error } : { state: 'failed', error };
}
