import { expect, it } from 'vitest';
import { appendList, createRuntime, defineRun } from '../../src/index.ts';
import { memory } from '../../src/stores/memory/index.ts';

const work = defineRun({
  name: 'work',
  state: { notes: appendList() },
  execute: async ({ state, checkpoint }) => {
    await state.update({ notes: 'one' });
    await checkpoint('first');
  },
});

it('closing a runtime while forks are about to be driven is told to nobody as a fault', async () => {
  const faults: unknown[] = [];
  for (let turn = 0; turn < 20; turn += 1) {
    const runtime = await createRuntime({
      stores: memory(),
      definitions: [work],
      onError: (error) => faults.push(error),
    });
    const run = await runtime.start(work);
    await run.result();
    await Promise.all(
      [1, 2, 3].map(() => runtime.fork({ runId: run.id, superStep: 1 }, { edits: { notes: [] } })),
    );
    // A few turns of the event loop later, another number of them each time.
    for (let wait = 0; wait < turn; wait += 1) await new Promise(setImmediate);
    await runtime.close({ graceMs: 0 });
  }
  expect(faults).toEqual([]);
});
