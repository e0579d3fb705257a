import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';
import type fc from 'fast-check';
import {
  createRuntime,
  defineRun,
  type Envelope,
  isRunchartError,
  lastWriteWins,
  type Receipt,
  type Run,
  type Runtime,
  type RunSnapshot,
} from '../../../src/index.ts';
import { brokenInvariants } from '../../../src/testing/model/index.ts';
import { scheduledStores } from '../../../src/testing/index.ts';
import {
  checkKeys,
  checkReader,
  checkReceipts,
  type DurableLog,
  durableLog,
} from './durable-log.ts';
import { eventually, type Place } from './helpers.ts';

export const KINDS = [
  'record',
  'keyed',
  'cancel',
  'complete',
  'fail',
  'subscribe',
  'claim',
  'output',
  'fork',
  'prune',
  'cut',
  'close',
] as const;

/** One call, and when it is made. */
export interface Call {
  readonly kind: (typeof KINDS)[number];
  /** Which of two runtimes. */
  readonly via: 0 | 1;
  /** Through the handle of the last claim, if there is one; else through one for commands. */
  readonly drives: boolean;
  /** How many steps of the stores happen before it is called. */
  readonly after: number;
}

/** What the stores do in the order that a scheduler says; all else goes on at once. */
const SCHEDULED: ReadonlySet<string> = new Set([
  'events.append',
  'events.get',
  'events.read',
  'events.findByKey',
  'events.cut',
  'events.list',
  'checkpoints.save',
  'forget',
]);

/** The refusals that the contract allows for, whatever happened. */
const ALLOWED: ReadonlySet<string> = new Set(['OWNER_FENCED', 'RUNTIME_CLOSED', 'STORE_CLOSED']);

/** More steps of the stores than calls of this number need: something goes round in circles. */
const MAX_STEPS = 3_000;
/** Turns without anything to do after which somebody has to end what is still active. */
const IDLE_TURNS = 20;

/** Code that keeps a checkpoint, and works until it is told to stop. */
function working() {
  const signals = new Map<string, AbortSignal>();
  const definition = defineRun({
    name: 'working',
    state: { n: lastWriteWins() },
    execute: async ({ runId, signal, state, checkpoint }) => {
      signals.set(runId, signal);
      await state.update({ n: 1 });
      await checkpoint();
      const stopped = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => stopped.resolve());
      if (!signal.aborted) await stopped.promise;
      throw signal.reason;
    },
  });
  return { definition, signals };
}

/**
 * Makes the calls from two runtimes on one place while a scheduler decides what the stores do first,
 * and checks the invariants each time that something was stored. Answers how many commits that were.
 */
export async function interleave(
  scheduler: fc.Scheduler,
  calls: readonly Call[],
  place: Place,
): Promise<number> {
  const durable = durableLog();
  const { definition, signals } = working();
  const ended: string[] = [];
  const faults: unknown[] = [];
  let isScheduled = false;
  const openOne = (): Promise<Runtime> => {
    const stores = durable.watch(place.stores());
    return createRuntime({
      stores: scheduledStores(
        stores,
        { schedule: (task, label) => (isScheduled ? scheduler.schedule(task, label) : task) },
        SCHEDULED,
      ),
      definitions: [definition],
      recovery: 'leave',
      hooks: { onTerminal: ({ runId }: RunSnapshot) => ended.push(runId) },
      onError: (error) => faults.push(error),
    });
  };
  const looking = durable.watch(place.stores());
  const watcher = await createRuntime({ stores: looking });
  const runtimes = [await openOne(), await openOne()] as const;
  const { id } = await runtimes[0].start(definition);
  await eventually(() => durable.of(id).some(({ event }) => event.type === 'checkpoint.saved'));
  isScheduled = true;
  const closed = new Set<number>();
  const receipts: Receipt[] = [];
  const readers: { readonly runId: string; readonly log: Envelope[]; readonly via: number }[] = [];
  let driver: Run | undefined;

  const perform = async ({ kind, via, drives }: Call): Promise<void> => {
    const runtime = runtimes[via];
    const run = (drives ? driver : undefined) ?? (await runtime.get(id));
    switch (kind) {
      case 'record':
        isDurable(durable, await run.record({ type: 'turn.started' }));
        break;
      case 'keyed':
        isDurable(durable, await run.record({ type: 'log' }, { idempotencyKey: 'k' }));
        break;
      case 'cancel': {
        const receipt = await run.cancel();
        receipts.push(receipt);
        // It is driven in the first runtime: there the code is told before whoever cancels.
        const isHere = run !== driver && via === 0;
        if (receipt.outcome === 'cancelled' && isHere && signals.get(id)?.aborted !== true)
          throw new Error('I9: cancelled, and its signal is not aborted');
        break;
      }
      case 'complete':
        receipts.push(await run.complete(via));
        break;
      case 'fail':
        receipts.push(await run.fail(`by ${via}`));
        break;
      case 'claim':
        driver = (await runtime.claim(id)) ?? driver;
        break;
      case 'output':
        await run.outputs.progress('p');
        break;
      case 'fork':
        await runtime.fork({ runId: id });
        break;
      case 'prune':
        await runtime.prune({});
        break;
      case 'cut':
        await runtime.prune({ keepEvents: 2 });
        break;
      case 'close':
        closed.add(via);
        await runtime.close({ graceMs: 0 });
        break;
      case 'subscribe': {
        const log: Envelope[] = [];
        readers.push({ runId: id, log, via: drives && driver !== undefined ? -1 : via });
        for await (const envelope of run.events()) log.push(envelope);
        break;
      }
      default:
        kind satisfies never;
    }
  };

  const isAllowed = (error: unknown): boolean => {
    if (!isRunchartError(error)) return false;
    // Only what was closed may say that it is, and only what is gone that it is not there.
    if (error.code === 'OWNER_FENCED') return true;
    // A file that is closed in the middle of a commit.
    if (error.code === 'APPEND_FAILED')
      return closed.size > 0 && isRunchartError(error.cause, 'STORE_CLOSED');
    if (ALLOWED.has(error.code)) return closed.size > 0;
    if (error.code === 'RUN_NOT_FOUND') return durable.runIds.some(durable.isDeleted);
    if (error.code === 'CHECKPOINT_NOT_FOUND') return durable.isCut(id) || durable.isDeleted(id);
    return false;
  };
  let pending = 0;
  const failures: unknown[] = [];
  const launch = (call: Call): void => {
    pending += 1;
    perform(call)
      .catch((error: unknown) => {
        if (!isAllowed(error)) failures.push(error);
      })
      .finally(() => {
        pending -= 1;
      });
  };

  const check = async (): Promise<void> => {
    for (const runId of durable.runIds) {
      if (durable.isDeleted(runId)) continue;
      const broken = await brokenInvariants(looking, runId);
      // What was deleted meanwhile has no record.
      if (broken.length > 0 && !durable.isDeleted(runId)) throw new Error(broken.join('; '));
      checkKeys(durable, runId, 'log');
    }
    for (const reader of readers) checkReader(durable, reader);
    checkReceipts(durable, id, receipts);
    if (failures.length > 0) throw failures[0];
  };

  /** Ends all that is active, as readers go on until it is over. */
  const endAll = async (): Promise<void> => {
    const { runs } = await watcher.list({
      status: ['created', 'planning', 'executing', 'verifying'],
    });
    for (const { snapshot } of runs) {
      const receipt = await (await watcher.get(snapshot.runId)).cancel();
      if (snapshot.runId === id) receipts.push(receipt);
    }
  };

  const waiting = [...calls];
  let ending: Promise<void> | undefined;
  let checked = 0;
  for (let steps = 0, idle = 0; idle < 2.5 * IDLE_TURNS;) {
    for (const call of waiting.filter(({ after }) => after <= steps)) {
      waiting.splice(waiting.indexOf(call), 1);
      launch(call);
    }
    // A store that is a file hears of others by the clock.
    await (place.isFile === true && scheduler.count() === 0 ? sleep(1) : immediate());
    if (checked !== durable.commits) {
      checked = durable.commits;
      await check();
    }
    if (scheduler.count() > 0) {
      await scheduler.waitOne();
      steps += 1;
      if (steps > MAX_STEPS) throw new Error(`Still at it after ${steps} steps of the stores`);
      idle = 0;
    } else if (waiting.length > 0) steps += 1;
    else if ((idle += 1) === IDLE_TURNS) ending ??= endAll();
  }
  await ending;
  await check();
  if (pending > 0) throw new Error(`${pending} calls have not answered`);
  for (const { log, via } of readers) {
    const isWhole = closed.size === 0 || (via >= 0 && !closed.has(via));
    const end = durable.endOf(id);
    if (isWhole && !durable.isDeleted(id) && !durable.isCut(id) && log.length < (end?.seq ?? 0)) {
      throw new Error(`I6: a reader got ${log.length} events, and the end is event ${end?.seq}`);
    }
  }
  if (new Set(ended).size !== ended.length) throw new Error('hooks ran twice for one run');
  const fault = faults.find((error) => !isAllowed(error));
  if (fault !== undefined) throw fault;
  isScheduled = false;
  for (const runtime of runtimes) await runtime.close({ graceMs: 0 });
  await watcher.close();
  return durable.commits;
}

/** [I5] What a promise answered with is in the log. */
function isDurable(durable: DurableLog, envelope: Envelope): void {
  const stored = durable.of(envelope.runId)[envelope.seq - 1];
  if (stored?.eventId !== envelope.eventId) throw new Error('I5: answered before it was durable');
}
