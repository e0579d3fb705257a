/** Starts runs, sends to those that wait, and cancels some: `orchestrator-child.ts <settings>`. Drives nothing. */
import { createRuntime, type Runtime } from '../../../src/index.ts';
import { ACTIVE_STATUSES } from '../../../src/machines/index.ts';
import { againAndAgain } from './again-and-again.ts';
import { cancelSomething } from './canceller.ts';
import { type ChaosInput, chaosRun, type Way } from './chaos-run.ts';
import { dispatchOf } from './dispatch-of.ts';
import { noteFault, noteStored } from './paper.ts';
import { ready, thisPart } from './part.ts';

const SESSIONS = 20;
/** Share of the runs that have a session with others. */
const SHARED = 0.3;
const NAPS = 0.08;
const WAITS = 0.08;
const AT_ONCE = 10;
const LOOK_MS = 200;
/** Longest pause between two cancels, in milliseconds. */
const CANCEL_MS = 3_000;
const ANSWER_MS = 700;

const part = await thisPart();
const { stores, paper, random, runs, alive, name } = part;
const dispatch = dispatchOf(part);
await using runtime: Runtime = await createRuntime({
  stores,
  role: 'orchestrator',
  definitions: [chaosRun({ entered: () => () => {}, random })],
  ...(dispatch && { dispatch }),
  observe: noteStored(paper),
  onError: noteFault(paper),
});

let started = 0;
function wayOf(chance: number): Way {
  if (chance < NAPS) return 'naps';
  return chance < NAPS + WAITS ? 'waits' : 'works';
}

/** Once, also when its answer was lost: the key is that of the first try. */
async function startOne(): Promise<void> {
  started += 1;
  const idempotencyKey = `${name} ${started}`;
  const input: ChaosInput = { way: wayOf(random()) };
  const session = `shared ${Math.floor(random() * SESSIONS)}`;
  const options = { input, idempotencyKey, ...(random() < SHARED && { sessionId: session }) };
  for (let tries = 1; ; tries += 1) {
    try {
      await runtime.start('chaos', options);
      return;
    } catch (error) {
      noteFault(paper)(error);
      if (part.stop.aborted || tries === 20) return;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

async function startSome(count: number): Promise<void> {
  for (let left = count; left > 0 && !part.stop.aborted; left -= AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(left, AT_ONCE) }, startOne));
  }
}

async function startMore(): Promise<void> {
  const counts = await runtime.counts();
  const active = ACTIVE_STATUSES.reduce((sum, status) => sum + counts[status], 0);
  await startSome(started === 0 ? runs : alive - active);
}

async function sendToThoseThatWait(): Promise<void> {
  const { runs } = await runtime.list({ status: ACTIVE_STATUSES, limit: 1_000 });
  for (const { snapshot } of runs) {
    const { waiting, runId } = snapshot;
    if (waiting?.parked !== 'waiting' || waiting.wakeAtMs !== null || random() < 0.5) continue;
    const run = await runtime.get(runId);
    await run.send({ go: true });
  }
}

ready();
await Promise.all([
  againAndAgain(part, () => LOOK_MS, startMore),
  againAndAgain(part, () => ANSWER_MS, sendToThoseThatWait),
  againAndAgain(
    part,
    () => random() * CANCEL_MS,
    () => cancelSomething(runtime, part),
  ),
]);
