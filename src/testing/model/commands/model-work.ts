import { defineRun, lastWriteWins } from '../../../index.ts';

/** What the code of the commands' own definition leaves in the log of a run that is new. */
export const WORK_EVENTS = [
  { type: 'checkpoint.saved', superStep: 1, version: 1, label: null },
] as const;

/**
 * The definition of the runs that the commands start: it keeps one checkpoint, and works until it is
 * told to stop. So each run of it can be forked, taken over, and let go.
 */
export const modelWork = defineRun({
  name: 'model.work',
  version: '1',
  state: { count: lastWriteWins() },
  execute: async ({ state, checkpoint, signal }) => {
    await state.update({ count: 1 });
    await checkpoint();
    const stopped = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => stopped.resolve());
    if (!signal.aborted) await stopped.promise;
    throw signal.reason;
  },
});
