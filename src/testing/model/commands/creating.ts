import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { Run, RunEvent } from '../../../index.ts';
import type { ModelRun } from '../contract/model-run.ts';
import { answerOf, mustEqual } from './agreement.ts';
import {
  aboutRun,
  commandsOf,
  type CommandSource,
  hasRuns,
  key,
  rarely,
  via,
} from './command-kind.ts';
import type { ModelWorld, Via } from './model-world.ts';
import { modelWork, WORK_EVENTS } from './model-work.ts';
import type { RealRuntimes } from './real-runtimes.ts';

/** Milliseconds between two attempts to drive a run. */
const AGAIN_MS = 5;

interface NewRun {
  readonly via: Via;
  readonly prompt: string;
  readonly requireVerification: boolean;
  readonly session: string | undefined;
  readonly key: string | undefined;
  /** The number of a run whose id is asked for; undefined: a new id. */
  readonly idOf: number | undefined;
}

const newRun = {
  via,
  prompt: fc.constantFrom('', 'p', 'ü"'),
  requireVerification: fc.boolean(),
  session: fc.option(fc.constantFrom('s1', 's2'), { nil: undefined }),
  key,
  idOf: rarely(fc.nat({ max: 11 })),
};

/** What is asked for, in the words of the runtime. */
function optionsOf(spec: NewRun, world: ModelWorld) {
  const { prompt, requireVerification, session: sessionId, key: idempotencyKey, idOf } = spec;
  const runId = idOf === undefined || !world.hasRuns ? undefined : world.pick(idOf).runId;
  return {
    prompt,
    requireVerification,
    ...(runId !== undefined && { runId }),
    ...(sessionId !== undefined && { sessionId }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
}

/** Lets the model create a run, and compares what the runtime made of it. */
async function create(
  { via, key: idempotencyKey }: Pick<NewRun, 'via' | 'key'>,
  created: RunEvent,
  world: ModelWorld,
  ids: { readonly runId?: string; readonly sessionId?: string },
  ask: () => Promise<Run>,
): Promise<
  { readonly run: ModelRun; readonly handle: Run; readonly isRepeat: boolean } | undefined
> {
  const { runId = world.nextRunId } = ids;
  const { sessionId = runId } = ids;
  const owner = world.owners[via];
  const expected = world.store.create({ runId, sessionId, event: created, owner }, idempotencyKey);
  let handle: Run | undefined;
  const answer = await answerOf(ask(), (run) => {
    handle = run;
    return { id: run.id, sessionId: run.sessionId };
  });
  if ('refused' in expected) mustEqual('creating a run', answer, expected);
  else {
    const { run, isRepeat } = expected;
    mustEqual('creating a run', answer, { id: run.runId, sessionId: run.sessionId });
    if (handle !== undefined) return { run, handle, isRepeat };
  }
  return undefined;
}

const open = commandsOf({
  name: 'open',
  weight: 5,
  spec: fc.record(newRun),
  run: async (spec: NewRun, world, real) => {
    const options = optionsOf(spec, world);
    const { prompt, requireVerification } = spec;
    const event = { type: 'run.created', prompt, requireVerification, definition: null };
    real.nextRunId = world.nextRunId;
    const ask = () => real.runtime(spec.via).open(options);
    const created = await create(spec, event, world, options, ask);
    if (created === undefined) return undefined;
    const driver = { via: spec.via, epoch: 1 };
    // The handle of a repeat sends commands: somebody else drives the run.
    if (!created.isRepeat) {
      world.drives(created.run.runId, driver);
      real.keep(created.handle, driver);
    }
    return created.run;
  },
});

interface Start extends NewRun {
  readonly drive: boolean;
}

const start = commandsOf({
  name: 'start',
  weight: 4,
  spec: fc.record({ ...newRun, drive: fc.boolean() }),
  run: async (spec: Start, world, real) => {
    const options = optionsOf(spec, world);
    const { prompt, requireVerification } = spec;
    const { name: definition, version } = modelWork;
    const event = { type: 'run.created', prompt, requireVerification, definition, version };
    real.nextRunId = world.nextRunId;
    const ask = () => real.runtime(spec.via).start(modelWork.name, options);
    const created = await create(spec, event, world, options, ask);
    if (created === undefined || created.isRepeat || !spec.drive) return created?.run;
    const { run, handle } = created;
    const isWorking = await work(run, handle, spec.via, world, real, [
      { type: 'run.started', prompt },
      ...WORK_EVENTS,
    ]);
    if (isWorking) world.checkpoints.add(run.runId);
    return run;
  },
});

/**
 * Drives a run until its code has said all that it says before it is told to stop. False, and nothing comes
 * of it, when it is the turn of another run of its session.
 */
async function work(
  run: ModelRun,
  handle: Run,
  via: Via,
  world: ModelWorld,
  real: RealRuntimes,
  events: readonly RunEvent[],
): Promise<boolean> {
  if (!world.isTurnOf(run, via)) {
    await real.drive(via, run.runId);
    return false;
  }
  run.record({ event: { type: 'attempt.started', attempt: 1, owner: world.owners[via] } });
  for (const event of events) run.record({ event });
  world.works(run.runId, { via, epoch: run.facts.epoch });
  void begin(handle, () => real.drive(via, run.runId)).catch(() => undefined);
  for await (const { seq } of handle.events()) if (seq === run.seq) return true;
  return false;
}

/** Again, if its runtime has not heard yet that the run before it is over. It rejects when the runtime closes. */
async function begin(handle: Run, drive: () => Promise<unknown>): Promise<void> {
  for (;;) {
    await drive();
    if ((await handle.snapshot()).attempt > 0) return;
    await sleep(AGAIN_MS);
  }
}

interface Fork {
  readonly run: number;
  readonly via: Via;
  readonly drive: boolean;
}

const fork = commandsOf({
  name: 'fork',
  weight: 3,
  spec: fc.record({ ...aboutRun, drive: fc.boolean() }),
  isReady: hasRuns,
  run: async ({ run: number, via, drive }: Fork, world, real) => {
    const source = world.pick(number);
    const runtime = real.runtime(via);
    real.nextRunId = world.nextRunId;
    const ask = () => runtime.fork({ runId: source.runId });
    if (!world.checkpoints.has(source.runId)) {
      const answer = await answerOf(ask(), ({ id }) => id);
      mustEqual('a fork', answer, { refused: 'CHECKPOINT_NOT_FOUND' });
      return source;
    }
    const { prompt, requireVerification, definition } = source.facts;
    const point = { superStep: 1, version: 1 };
    const event = {
      type: 'run.created',
      prompt,
      requireVerification,
      definition,
      version: modelWork.version,
      forkedFrom: { ...point, runId: source.runId },
    };
    const created = await create({ via, key: undefined }, event, world, {}, ask);
    if (created === undefined) return source;
    const { run, handle } = created;
    world.checkpoints.add(run.runId);
    source.record({ event: { type: 'run.forked', forkRunId: run.runId, ...point } });
    // Its code gets the checkpoint from what it remembers, and does not tell of it again.
    if (drive) await work(run, handle, via, world, real, [{ type: 'run.started', prompt }]);
    return run;
  },
});

/** Runs come to be: opened, started with or without being driven, forked. */
export const CREATING: readonly CommandSource[] = [open, start, fork];
