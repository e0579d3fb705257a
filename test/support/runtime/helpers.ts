import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';
import { expect, inject } from 'vitest';
import { envelopeOf } from '../../../src/actors/index.ts';
import {
  createRuntime,
  defineRun,
  isRunchartError,
  type Envelope,
  type RunchartErrorCode,
  type RunEvent,
  type Runtime,
  type RuntimeOptions,
  type RunSnapshot,
  type Stores,
} from '../../../src/index.ts';
import { foldLog, snapshotJson } from '../../../src/machines/index.ts';
import { memory } from '../../../src/stores/memory/index.ts';
import { postgres } from '../../../src/stores/postgres/index.ts';
import { sqlite } from '../../../src/stores/sqlite/index.ts';
import { remoteFace } from './remote-face.ts';

export const TERMINAL_EVENTS = [
  { type: 'run.completed', result: { answer: 42 } },
  { type: 'run.failed', error: { name: 'Error', message: 'broken' } },
  { type: 'run.cancelled', reason: 'enough' },
] as const satisfies readonly RunEvent[];

/** Set where the tests look at runtimes through a server and its client: the same has to be true there. */
const IS_REMOTE = process.env['RUNCHART_FACE'] === 'remote';

/** Set where the same has to be true over Postgres. */
const IS_POSTGRES = process.env['RUNCHART_STORES'] === 'postgres';

/** A runtime whose faults fail the test that opened it, unless it says what to do with them. */
export async function open(
  options: Partial<RuntimeOptions> & { readonly stores?: Stores } = {},
): Promise<Runtime> {
  const runtime = await createRuntime({
    stores: IS_POSTGRES ? postgresPlace().stores() : memory(),
    onError: (error) => {
      throw error;
    },
    ...options,
  });
  return IS_REMOTE ? remoteFace(runtime) : runtime;
}

/** The log as it is stored, as envelopes. */
export async function logOf({ events }: Stores, runId: string): Promise<Envelope[]> {
  const record = await events.get(runId);
  if (record === undefined) throw new TypeError(`Expected a run, got none: ${runId}`);
  const log: Envelope[] = [];
  for (let afterSeq = 0; ;) {
    const page = await events.read(runId, { afterSeq, limit: 1000 });
    log.push(...page.events.map((event) => envelopeOf(record, event)));
    afterSeq = page.nextAfterSeq;
    if (!page.hasMore) return log;
  }
}

export const typesOf = (log: readonly Envelope[]): string[] => log.map(({ event }) => event.type);

const TERMINAL: ReadonlySet<string> = new Set(TERMINAL_EVENTS.map(({ type }) => type));

/** The events of a log that decided; one at most, if all is well. */
export function decisive(log: readonly Envelope[]): Envelope[] {
  return log.filter(({ event, late }) => TERMINAL.has(event.type) && !late);
}

/**
 * Checks a stored run against every invariant that a log can show, without the help of `verify`:
 * I1, I3, I4, I7 (epochs), I10, and the record beside the snapshot.
 */
export async function expectSound(stores: Stores, runId: string): Promise<Envelope[]> {
  const record = await stores.events.get(runId);
  const log = await logOf(stores, runId);
  expect(
    log.map(({ seq }) => seq),
    'I4: seq is 1, 2, ... n',
  ).toEqual(log.map((_, i) => i + 1));
  expect(log[0]?.event.type).toBe('run.created');
  const ends = decisive(log);
  expect(ends.length, 'I1: one decisive event at most').toBeLessThanOrEqual(1);
  const end = ends[0]?.seq ?? Infinity;
  expect(
    log.filter(({ seq, late }) => late !== seq > end),
    'late is what comes after the end',
  ).toEqual([]);
  for (const [i, { epoch, emittedAtMs }] of log.entries()) {
    const before = log[i - 1];
    if (before === undefined) continue;
    expect(epoch, 'I7: an epoch never goes back').toBeGreaterThanOrEqual(before.epoch);
    expect(emittedAtMs, 'I10: time never goes back').toBeGreaterThanOrEqual(before.emittedAtMs);
  }
  const folded = foldLog(log) as RunSnapshot;
  expect(record?.snapshot, 'I3: the stored snapshot is the fold, byte for byte').toBe(
    snapshotJson(folded),
  );
  expect(record).toMatchObject({
    runId,
    status: folded.status,
    lastSeq: log.length,
    epoch: folded.epoch,
    createdAtMs: folded.createdAtMs,
    updatedAtMs: folded.updatedAtMs,
  });
  expect(new Set(log.map(({ eventId }) => eventId)).size, 'event ids are unique').toBe(log.length);
  if (ends.length > 0) expect(record?.owner, 'I7: a run that is over has no owner').toBeNull();
  return log;
}

/** The code of the error that a promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<RunchartErrorCode | 'none'> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    if (isRunchartError(error)) return error.code;
    throw error;
  }
}

/** Waits until something is true; every millisecond it looks again. */
export async function eventually(
  check: () => boolean | Promise<boolean>,
  ms = 20_000,
): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await check())) {
    if (performance.now() > deadline)
      throw new Error(`still not true after ${ms} ms: ${check.toString()}`);
    await sleep(1);
  }
}

/** Lets everything run that can run without waiting for something from outside. */
export async function settled(turns = 10): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await immediate();
}

/** The answer of a promise, or `pending`, once everything has run that can. */
export async function stateOf<T>(promise: Promise<T>): Promise<T | 'pending' | 'rejected'> {
  let state: T | 'pending' | 'rejected' = 'pending';
  promise.then(
    (value) => {
      state = value;
    },
    () => {
      state = 'rejected';
    },
  );
  await settled();
  return state;
}

export async function collect(events: AsyncIterable<Envelope>): Promise<Envelope[]> {
  const all: Envelope[] = [];
  for await (const envelope of events) all.push(envelope);
  return all;
}

export const seqsOf = (log: readonly Envelope[]): number[] => log.map(({ seq }) => seq);

export const upTo = (n: number, after = 0): number[] =>
  Array.from({ length: n - after }, (_, i) => after + i + 1);

/** A definition that waits until it is told to go on, or to stop. */
export function waiting(name = 'waiting') {
  const begun: string[] = [];
  const signals = new Map<string, AbortSignal>();
  const gates = new Map<string, PromiseWithResolvers<string>>();
  const gate = (runId: string): PromiseWithResolvers<string> => {
    const known = gates.get(runId) ?? Promise.withResolvers<string>();
    gates.set(runId, known);
    return known;
  };
  const definition = defineRun<undefined, undefined, string>({
    name,
    execute: async ({ runId, signal }) => {
      begun.push(runId);
      signals.set(runId, signal);
      const stop = Promise.withResolvers<never>();
      signal.addEventListener('abort', () => stop.reject(signal.reason));
      stop.promise.catch(() => {});
      if (signal.aborted) throw signal.reason;
      return Promise.race([gate(runId).promise, stop.promise]);
    },
  });
  return {
    definition,
    begun,
    /** The signal of a run that has begun. */
    signal: (runId: string): AbortSignal => {
      const signal = signals.get(runId);
      if (signal === undefined) throw new TypeError(`Expected run ${runId} to have begun`);
      return signal;
    },
    hasBegun: (runId: string) => eventually(() => begun.includes(runId)),
    finish: (runId: string, result = 'done') => gate(runId).resolve(result),
    fail: (runId: string, error: unknown) => gate(runId).reject(error),
  };
}

/** A folder that goes when the block ends. */
export function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'runchart-runtime-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Somewhere to keep runs, which several stores may open at once. */
export interface Place extends Disposable {
  /** Its stores hear of each other by looking at a file now and then. */
  readonly isFile?: boolean;
  /** Stores over the place: each call is another process's view of it, as far as they are kept apart. */
  stores(): Stores;
}

const LOCAL_PLACES: readonly (readonly [name: string, create: () => Place])[] = [
  ['memory', memoryPlace],
  ['sqlite inline', () => sqlitePlace('inline')],
];

/** What a store does behind a server is what it does without one. */
export const PLACES = IS_POSTGRES
  ? ([['postgres', postgresPlace]] as typeof LOCAL_PLACES)
  : IS_REMOTE
    ? LOCAL_PLACES.slice(0, 1)
    : LOCAL_PLACES;

/** A schema of its own on the server of the tests, with which it goes. */
function postgresPlace(): Place {
  const schema = `place_${randomUUID().replaceAll('-', '')}`;
  return {
    isFile: true,
    stores: () => postgres({ url: inject('postgresUrl'), schema, connections: 4 }),
    [Symbol.dispose]: () => {},
  };
}

export function memoryPlace(): Place {
  const shared = memory();
  return { stores: () => shared, [Symbol.dispose]: () => {} };
}

export function sqlitePlace(writer: 'inline' | 'worker'): Place {
  const folder = temporaryFolder();
  const file = join(folder.path, 'runs.db');
  return {
    isFile: true,
    stores: () => sqlite(file, { writer, durability: 'normal', watchIntervalMs: 5 }),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}
