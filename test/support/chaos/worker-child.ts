/** Drives runs until it is killed, or asked to stop: `worker-child.ts <settings>`. */
import { createRuntime } from '../../../src/index.ts';
import { chaosRun } from './chaos-run.ts';
import { dispatchOf } from './dispatch-of.ts';
import { noteFault, noteStored } from './paper.ts';
import { begun, ready, thisPart } from './part.ts';

/** What a greedy worker takes beyond its capacity. */
const GREED = 6;

const part = await thisPart();
const { stores, paper, random, capacity, plant, stop } = part;
let driven = 0;
/** Under which epoch each run is driven here. */
const epochs = new Map<string, number>();

const definition = chaosRun({
  random,
  entered: (runId) => {
    const about = { runId, epoch: epochs.get(runId) ?? 0 };
    driven += 1;
    paper.note('entered', about);
    if (driven > capacity) paper.note('crowded', { driven, capacity });
    return (how) => {
      driven -= 1;
      paper.note(how, about);
    };
  },
});
const noted = noteStored(paper);
const runtime = await begun(() => {
  const dispatch = dispatchOf(part);
  return createRuntime({
    stores,
    role: 'worker',
    definitions: [definition],
    concurrency: capacity + (plant === 'greedy' ? GREED : 0),
    ...(dispatch && { dispatch }),
    maxAttempts: Number.MAX_SAFE_INTEGER,
    observe: (signal) => {
      noted(signal);
      if (signal.type === 'attempt.begun') epochs.set(signal.runId, signal.epoch);
    },
    onError: noteFault(paper),
  });
});
ready();
const alive = setInterval(() => {}, 60_000);
stop.addEventListener('abort', () => {
  clearInterval(alive);
  void runtime.close({ graceMs: 2_000 });
});
