import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isRunchartError,
  type Receipt,
  type Run,
  type RunEvent,
  type Runtime,
} from '../../src/index.ts';
import { type Expected, ModelRun, viewOf } from '../support/runtime/model.ts';
import {
  collect,
  expectSound,
  open,
  PLACES,
  type Place,
  seqsOf,
  upTo,
} from '../support/runtime/helpers.ts';

const RUNS = 3;

interface At {
  /** Which run, and through which of two runtimes. */
  readonly run: number;
  readonly via: number;
  /** A driver's handle, by how long ago it was handed out; undefined: a handle for commands. */
  readonly driver: number | undefined;
}

type Op =
  | (At & {
      readonly op: 'record';
      readonly event: RunEvent;
      readonly key: string | undefined;
      readonly off: number | undefined;
    })
  | (At & { readonly op: 'complete' | 'fail' | 'cancel' })
  | (At & { readonly op: 'claim' | 'read' | 'verify' });

const at = {
  run: fc.nat(RUNS - 1),
  via: fc.nat(1),
  driver: fc.option(fc.nat(2), { nil: undefined }),
};

const checkOf = (status: string) => [{ name: 'c', status, required: true }];

const quiet: fc.Arbitrary<RunEvent> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constantFrom('run.started'),
      prompt: fc.constantFrom('', 'p', 'ü"'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constantFrom(
        'planning.started',
        'planning.completed',
        'step.started',
        'tool.started',
        'turn.started',
        'verification.started',
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('passed', 'failed', 'needs_review')
      .map((status) => ({ type: 'verification.reported', checks: checkOf(status) })),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom('log', 'text.delta', 'custom.note', 'step.completed'),
      data: fc.jsonValue({ maxDepth: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('attempt.started'),
      attempt: fc.integer({ min: 1, max: 9 }),
    }),
  },
);

const ending: fc.Arbitrary<RunEvent> = fc.constantFrom(
  { type: 'run.completed', result: { by: 'event' } },
  { type: 'run.failed', error: { name: 'E', message: 'by event' } },
  { type: 'run.cancelled', reason: 'by event' },
);

const record = (event: fc.Arbitrary<RunEvent>): fc.Arbitrary<Op> =>
  fc.record({
    ...at,
    op: fc.constant('record' as const),
    event,
    key: fc.option(fc.constantFrom('k1', 'k2', 'k3'), { nil: undefined, freq: 3 }),
    off: fc.option(fc.integer({ min: -1, max: 1 }), { nil: undefined, freq: 3 }),
  });

const program: fc.Arbitrary<Op[]> = fc.array(
  fc.oneof(
    { weight: 24, arbitrary: record(quiet) },
    { weight: 1, arbitrary: record(ending) },
    {
      weight: 2,
      arbitrary: fc.record({
        ...at,
        op: fc.constantFrom('complete' as const, 'fail' as const, 'cancel' as const),
      }),
    },
    { weight: 3, arbitrary: fc.record({ ...at, op: fc.constant('claim' as const) }) },
    {
      weight: 3,
      arbitrary: fc.record({ ...at, op: fc.constantFrom('read' as const, 'verify' as const) }),
    },
  ),
  { size: 'max', maxLength: 80 },
);

interface Subject {
  readonly model: ModelRun;
  /** One per runtime. */
  readonly commands: readonly Run[];
  readonly drivers: { readonly run: Run; readonly epoch: number }[];
}

async function answerOf(
  asked: Promise<{ seq: number; late: boolean; epoch: number }>,
): Promise<Expected> {
  try {
    const { seq, late, epoch } = await asked;
    return { seq, late, epoch };
  } catch (error) {
    if (isRunchartError(error)) return { refused: error.code };
    throw error;
  }
}

async function receiptOf(asked: Promise<Receipt>): Promise<unknown> {
  try {
    return await asked;
  } catch (error) {
    if (isRunchartError(error)) return { refused: error.code };
    throw error;
  }
}

function expectedReceipt(model: ModelRun, answer: Expected | undefined): unknown {
  if (answer !== undefined && 'refused' in answer) return answer;
  const { status, decidedAt: seq } = model;
  if (answer !== undefined && !answer.late) return { outcome: status, status, seq };
  const outcome = status === 'cancelled' ? 'already-cancelled' : 'already-terminal';
  return { outcome, status, seq };
}

async function step(
  op: Op,
  { model, commands, drivers }: Subject,
  runtimes: readonly Runtime[],
): Promise<void> {
  const driver = op.driver === undefined ? undefined : drivers.at(-1 - op.driver);
  const handle: Run | undefined = driver?.run ?? commands[op.via];
  if (handle === undefined) throw new TypeError('Expected a handle per way');
  const epoch = driver?.epoch;
  switch (op.op) {
    case 'record': {
      const expectedSeq = op.off === undefined ? undefined : model.seq + op.off;
      const { event, key } = op;
      const expected = model.send({ event, key, expectedSeq, epoch });
      const options = {
        ...(key !== undefined && { idempotencyKey: key }),
        ...(expectedSeq !== undefined && { expectedSeq }),
      };
      expect(await answerOf(handle.record(event, options))).toEqual(expected);
      break;
    }
    case 'complete': {
      const expected = model.send({ event: { type: 'run.completed', result: [1] }, epoch });
      expect(await receiptOf(handle.complete([1]))).toEqual(expectedReceipt(model, expected));
      break;
    }
    case 'fail': {
      const event = { type: 'run.failed', error: { name: 'Error', message: 'no' } };
      const expected = model.send({ event, epoch });
      expect(await receiptOf(handle.fail('no'))).toEqual(expectedReceipt(model, expected));
      break;
    }
    case 'cancel': {
      const expected = model.cancel('r');
      expect(await receiptOf(handle.cancel({ reason: 'r' }))).toEqual(
        expectedReceipt(model, expected),
      );
      break;
    }
    case 'claim': {
      const claimed = model.claim();
      const run = await (runtimes[op.via] as Runtime).claim(handle.id);
      expect(run === undefined).toBe(claimed === undefined);
      if (run !== undefined && claimed !== undefined) drivers.push({ run, epoch: claimed });
      break;
    }
    case 'read': {
      const log = await collect(handle.events({ live: false }));
      expect(seqsOf(log)).toEqual(upTo(model.seq));
      break;
    }
    case 'verify':
      expect(await (runtimes[op.via] as Runtime).verify(handle.id)).toMatchObject({ ok: true });
      break;
  }
  expect(await handle.status()).toBe(model.status);
  for (const command of commands) expect(viewOf(await command.snapshot())).toEqual(model.view());
}

async function play(place: Place, ops: readonly Op[]): Promise<void> {
  const stores = place.stores();
  await using first = await open({ stores });
  await using second = await open({ stores: place.stores() });
  const runtimes = [first, second];
  const subjects: Subject[] = [];
  for (let i = 0; i < RUNS; i += 1) {
    const requireVerification = i === 1;
    const prompt = i === 2 ? 'given' : '';
    const run = await first.open({ prompt, requireVerification });
    subjects.push({
      model: new ModelRun(prompt, requireVerification),
      commands: [await first.get(run.id), await second.get(run.id)],
      drivers: [{ run, epoch: 1 }],
    });
  }
  for (const op of ops) await step(op, subjects[op.run] as Subject, runtimes);
  for (const { commands, model } of subjects) {
    const id = commands[0]?.id ?? '';
    expect(await expectSound(stores, id)).toHaveLength(model.seq);
    expect(await second.verify(id)).toEqual({
      runId: id,
      ok: true,
      events: model.seq,
      problems: [],
    });
  }
}

describe.each(PLACES)('on %s', (name, create) => {
  it('[I1] [I2] [I3] [I4] [I7] [I8] runs do what the model does, whatever they are told, by whom', async () => {
    await fc.assert(
      fc.asyncProperty(program, async (ops) => {
        using place = create();
        await play(place, ops);
      }),
      { numRuns: name === 'memory' ? 150 : 60 },
    );
  }, 60_000);
});
