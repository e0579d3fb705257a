import { setImmediate as immediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  createRuntime,
  type Envelope,
  isRunchartError,
  type Receipt,
  type Run,
  type Runtime,
} from '../../src/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { scheduledStores } from '../../src/testing/index.ts';
import { decisive, expectSound, seqsOf, upTo } from '../support/runtime/helpers.ts';

const KINDS = [
  'record',
  'keyed',
  'cancel',
  'complete',
  'fail',
  'subscribe',
  'claim',
  'output',
  'close',
] as const;

interface Op {
  readonly kind: (typeof KINDS)[number];
  /** Which of two runtimes. */
  readonly via: number;
  /** Through the handle that opened the run, or that of the last claim; else through one for commands. */
  readonly drives: boolean;
  /** How many steps of the store happen before it is called. */
  readonly after: number;
}

const ops: fc.Arbitrary<Op[]> = fc.array(
  fc.record({
    kind: fc.oneof(
      { weight: 10, arbitrary: fc.constantFrom(...KINDS.slice(0, -1)) },
      { weight: 2, arbitrary: fc.constant('close' as const) },
    ),
    via: fc.nat(1),
    drives: fc.boolean(),
    after: fc.nat(12),
  }),
  { minLength: 2, maxLength: 14, size: 'max' },
);

/** The refusals that the contract allows for. */
const ALLOWED: ReadonlySet<string> = new Set(['OWNER_FENCED', 'RUNTIME_CLOSED', 'STORE_CLOSED']);

/** More steps of the store than any program of this size needs: something goes round in circles. */
const MAX_STEPS = 2_000;

interface Seen {
  readonly receipts: Receipt[];
  readonly envelopes: Envelope[];
  readonly readers: { readonly log: Envelope[]; readonly via: number }[];
}

async function play(scheduler: fc.Scheduler, program: readonly Op[]): Promise<void> {
  const shared = memory();
  await shared.open();
  const calls: string[] = [];
  const hooks = {
    onCancelled: () => calls.push('cancelled'),
    onTerminal: () => calls.push('terminal'),
  };
  const onError = (error: unknown): void => void calls.push(`error ${String(error)}`);
  const watcher = await createRuntime({ stores: shared });
  const opener = await watcher.open();
  const runtimes: Runtime[] = [];
  for (let i = 0; i < 2; i += 1) {
    runtimes.push(
      await createRuntime({ stores: scheduledStores(shared, scheduler), hooks, onError }),
    );
  }
  const closed = new Set<number>();
  let driver: Run = opener;
  const seen: Seen = { receipts: [], envelopes: [], readers: [] };

  const perform = async ({ kind, via, drives }: Op): Promise<void> => {
    const runtime = runtimes[via] as Runtime;
    const run = drives ? driver : await runtime.get(opener.id);
    switch (kind) {
      case 'record':
        seen.envelopes.push(await run.record({ type: 'turn.started' }));
        break;
      case 'keyed':
        seen.envelopes.push(await run.record({ type: 'log' }, { idempotencyKey: 'k' }));
        break;
      case 'cancel':
        seen.receipts.push(await run.cancel());
        break;
      case 'complete':
        seen.receipts.push(await run.complete(via));
        break;
      case 'fail':
        seen.receipts.push(await run.fail(`by ${via}`));
        break;
      case 'claim':
        driver = (await runtime.claim(opener.id)) ?? driver;
        break;
      case 'output':
        await run.outputs.progress('p');
        break;
      case 'close':
        closed.add(via);
        await runtime.close({ graceMs: 0 });
        break;
      case 'subscribe': {
        const reader = { log: [] as Envelope[], via: drives ? -1 : via };
        seen.readers.push(reader);
        for await (const envelope of run.events()) reader.log.push(envelope);
        break;
      }
    }
  };

  let pending = 0;
  const failures: unknown[] = [];
  const launch = (op: Op): void => {
    pending += 1;
    perform(op)
      .catch((error: unknown) => {
        if (!isRunchartError(error) || !ALLOWED.has(error.code)) failures.push(error);
        // Only what was closed may say that it is.
        else if (error.code !== 'OWNER_FENCED' && closed.size === 0) failures.push(error);
      })
      .finally(() => {
        pending -= 1;
      });
  };

  const waiting = [...program];
  let steps = 0;
  let ending: Promise<void> | undefined;
  for (let idle = 0; idle < 50;) {
    for (const op of waiting.filter(({ after }) => after <= steps)) {
      waiting.splice(waiting.indexOf(op), 1);
      launch(op);
    }
    await immediate();
    if (scheduler.count() > 0) {
      await scheduler.waitOne();
      steps += 1;
      if (steps > MAX_STEPS) throw new Error(`Still at it after ${steps} steps of the store`);
      idle = 0;
    } else if (waiting.length > 0) steps += 1;
    else {
      idle += 1;
      // Readers go on until the run is over: somebody has to end it.
      if (idle === 20)
        ending ??= watcher.get(opener.id).then(async (run) => {
          seen.receipts.push(await run.cancel());
        });
    }
  }
  await ending;
  expect(failures).toEqual([]);
  expect(pending, 'everything that was called has answered').toBe(0);

  const log = await expectSound(shared, opener.id);
  const [end] = decisive(log);
  if (end === undefined) throw new Error('Expected the run to be over');
  const winners = seen.receipts.filter(({ outcome }) => !outcome.startsWith('already'));
  expect(winners.length).toBeLessThanOrEqual(1);
  for (const { outcome, status, seq } of seen.receipts) {
    expect(seq, 'each receipt names the event that decided').toBe(end.seq);
    expect(`run.${status}`).toBe(end.event.type);
    const already = status === 'cancelled' ? 'already-cancelled' : 'already-terminal';
    expect([status, already]).toContain(outcome);
  }
  for (const envelope of seen.envelopes) expect(log[envelope.seq - 1]).toEqual(envelope);
  const keyed = log.filter(({ event }) => event.type === 'log');
  expect(keyed.length, 'I8: one event per key').toBeLessThanOrEqual(1);
  for (const { log: read, via } of seen.readers) {
    expect(seqsOf(read), 'I6: no gap and no repeat').toEqual(upTo(read.length));
    expect(read, 'I6: nothing that is not stored').toEqual(log.slice(0, read.length));
    if (closed.size === 0 || (via >= 0 && !closed.has(via))) {
      expect(read.length, 'I6: up to the end').toBeGreaterThanOrEqual(end.seq);
    }
  }
  const ends = calls.filter((call) => !call.startsWith('error'));
  expect(ends.length, 'hooks run once').toBeLessThanOrEqual(
    end.event.type === 'run.cancelled' ? 2 : 1,
  );
  expect(calls.filter((call) => call.startsWith('error'))).toEqual([]);
  expect(await watcher.verify(opener.id)).toMatchObject({ ok: true, problems: [] });
  for (const runtime of runtimes) await runtime.close({ graceMs: 0 });
  await watcher.close();
}

it('[I1] [I4] [I6] [I7] [I8] two runtimes on one store agree, in whatever order it answers', async () => {
  await fc.assert(fc.asyncProperty(fc.scheduler(), ops, play), { numRuns: 1_500 });
}, 60_000);
