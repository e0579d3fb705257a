import fc from 'fast-check';
import type { Envelope, Run, RunchartErrorCode, RunEvent } from '../../../index.ts';
import { RECORDABLE, refusedEvent, validEvent, WAITING_TYPES } from '../arbitraries/any-event.ts';
import { endsRun } from '../contract/status-table.ts';
import type { ModelRun } from '../contract/model-run.ts';
import { answerOf, commandHandle, mustEqual } from './agreement.ts';
import { aboutRun, commandsOf, type CommandSource, hasRuns, key, rarely } from './command-kind.ts';
import type { ModelWorld, Via } from './model-world.ts';
import type { RealRuntimes } from './real-runtimes.ts';

interface Sent {
  readonly run: number;
  readonly via: Via;
  /** A driver's handle, by how long ago it was handed out; undefined: a handle for commands. */
  readonly driver: number | undefined;
}

const sent = { ...aboutRun, driver: fc.option(fc.nat({ max: 2 }), { nil: undefined }) };

interface Asked {
  readonly run: ModelRun;
  readonly handle: Run;
  readonly epoch: number | undefined;
}

/** The run, and the handle that the command goes through. */
async function asked(
  { run: number, via, driver }: Sent,
  world: ModelWorld,
  real: RealRuntimes,
): Promise<Asked> {
  const run = world.pick(number);
  const by = driver === undefined ? undefined : world.driversOf(run.runId)[driver];
  if (by === undefined)
    return { run, handle: await commandHandle(real, via, run), epoch: undefined };
  return { run, handle: real.handle(run.runId, by), epoch: by.epoch };
}

const envelopeAnswer = ({ seq, late, epoch }: Envelope): unknown => ({ seq, late, epoch });

interface Keyed {
  readonly key: string | undefined;
  /** How far the `seq` that is expected is from the last one; undefined: none is. */
  readonly off: number | undefined;
}

const keyed = {
  key,
  off: rarely(fc.integer({ min: -1, max: 1 })),
};

function optionsOf({ key: idempotencyKey, off }: Keyed, { seq }: ModelRun) {
  const expectedSeq = off === undefined ? undefined : Math.max(0, seq + off);
  return {
    expectedSeq,
    options: {
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(expectedSeq !== undefined && { expectedSeq }),
    },
  };
}

// What the code of a definition is remembered by is not for everybody to record: a fork would begin with it.
const quiet = RECORDABLE.filter((type) => !endsRun(type) && type !== 'checkpoint.saved');

interface Recorded extends Sent, Keyed {
  readonly event: RunEvent;
}

const record = commandsOf({
  name: 'record',
  weight: 30,
  spec: fc.record({
    ...sent,
    ...keyed,
    event: fc.oneof(
      { weight: 16, arbitrary: validEvent(quiet) },
      // They act on each other, so they have to meet on one run.
      { weight: 8, arbitrary: validEvent(WAITING_TYPES) },
      { weight: 1, arbitrary: validEvent(RECORDABLE.filter(endsRun)) },
    ),
  }),
  isReady: hasRuns,
  run: async (spec: Recorded, world, real) => {
    const { run, handle, epoch } = await asked(spec, world, real);
    const { expectedSeq, options } = optionsOf(spec, run);
    const expected = run.record({ event: spec.event, key: spec.key, expectedSeq, epoch });
    const answer = await answerOf(handle.record(spec.event, options), envelopeAnswer);
    mustEqual(`${spec.event.type} on ${run.runId}`, answer, expected);
    return run;
  },
});

interface Refused extends Sent {
  readonly refused: { readonly event: RunEvent; readonly code: RunchartErrorCode };
}

const refused = commandsOf({
  name: 'record what is refused',
  weight: 3,
  spec: fc.record({ ...aboutRun, driver: fc.constant(undefined), refused: refusedEvent }),
  isReady: hasRuns,
  run: async (spec: Refused, world, real) => {
    const { run, handle } = await asked(spec, world, real);
    const { event, code } = spec.refused;
    const answer = await answerOf(handle.record(event), envelopeAnswer);
    mustEqual(`${event.type} on ${run.runId}`, answer, { refused: code });
    return run;
  },
});

const send = commandsOf({
  name: 'send',
  weight: 3,
  spec: fc.record({ ...sent, ...keyed, signal: fc.jsonValue({ maxDepth: 1 }) }),
  isReady: hasRuns,
  run: async (spec: Sent & Keyed & { readonly signal: unknown }, world, real) => {
    // Whoever holds a handle may send, an owner of before too.
    const { run, handle } = await asked(spec, world, real);
    const { expectedSeq, options } = optionsOf(spec, run);
    const event = { type: 'signal.received', signal: spec.signal };
    const expected = run.record({ event, key: spec.key, expectedSeq });
    const answer = await answerOf(handle.send(event.signal as never, options), envelopeAnswer);
    mustEqual(`a signal to ${run.runId}`, answer, expected);
    return run;
  },
});

const receipt = (answer: unknown): unknown => answer;

const complete = commandsOf({
  name: 'complete',
  weight: 1,
  spec: fc.record(sent),
  isReady: hasRuns,
  run: async (spec: Sent, world, real) => {
    const { run, handle, epoch } = await asked(spec, world, real);
    const expected = run.record({ event: { type: 'run.completed', result: [1] }, epoch });
    const answer = await answerOf(handle.complete([1]), receipt);
    mustEqual(`completing ${run.runId}`, answer, run.receiptFor(expected));
    return run;
  },
});

const fail = commandsOf({
  name: 'fail',
  weight: 1,
  spec: fc.record(sent),
  isReady: hasRuns,
  run: async (spec: Sent, world, real) => {
    const { run, handle, epoch } = await asked(spec, world, real);
    const event = { type: 'run.failed', error: { name: 'Error', message: 'no' } };
    const expected = run.record({ event, epoch });
    const answer = await answerOf(handle.fail('no'), receipt);
    mustEqual(`failing ${run.runId}`, answer, run.receiptFor(expected));
    return run;
  },
});

const cancel = commandsOf({
  name: 'cancel',
  weight: 1,
  spec: fc.record(sent),
  isReady: hasRuns,
  run: async (spec: Sent, world, real) => {
    const { run, handle } = await asked(spec, world, real);
    const expected = run.cancel('r');
    const answer = await answerOf(handle.cancel({ reason: 'r' }), receipt);
    mustEqual(`cancelling ${run.runId}`, answer, run.receiptFor(expected));
    return run;
  },
});

const claim = commandsOf({
  name: 'claim',
  weight: 3,
  spec: fc.record(aboutRun),
  isReady: hasRuns,
  run: async ({ run: number, via }: { run: number; via: Via }, world, real) => {
    const run = world.pick(number);
    const epoch = run.claim(world.owners[via]);
    const handle = await real.runtime(via).claim(run.runId);
    mustEqual(`claiming ${run.runId}`, handle !== undefined, epoch !== undefined);
    if (handle === undefined || epoch === undefined) return run;
    const driver = { via, epoch };
    world.drives(run.runId, driver);
    real.keep(handle, driver);
    return run;
  },
});

/** Everything that may become an event of a run, through handles that drive it and such that do not. */
export const RECORDING: readonly CommandSource[] = [
  record,
  refused,
  send,
  complete,
  fail,
  cancel,
  claim,
];
