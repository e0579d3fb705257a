import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/json.ts';
import {
  foldEvent,
  parseSnapshot,
  RUN_STATUSES,
  type RunSnapshot,
  snapshotJson,
} from '../../src/machines/index.ts';
import { activeLog, anyCreated, anyLog, anyJson } from '../../src/testing/model/index.ts';
import { fold, envelope } from '../support/envelopes.ts';
import { runs } from '../support/runs.ts';

const orNull = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(some);
const count = fc.oneof(fc.nat(), fc.maxSafeNat());

/** A snapshot with anything in any member, also what no log folds to. */
const anySnapshot = fc.record({
  v: fc.constant(2),
  runId: fc.string(),
  sessionId: fc.string(),
  definition: orNull(fc.string()),
  version: orNull(fc.string()),
  parentRunId: orNull(fc.string()),
  forkedFrom: orNull(fc.record({ runId: fc.string(), superStep: count, version: count })),
  deadlineAtMs: orNull(fc.oneof(count, fc.double({ noNaN: true, noDefaultInfinity: true }))),
  status: fc.constantFrom(...RUN_STATUSES),
  requireVerification: fc.boolean(),
  epoch: count,
  eventCount: count,
  lateCount: count,
  createdAtMs: count,
  updatedAtMs: count,
  prompt: fc.string({ unit: 'binary' }),
  result: anyJson,
  error: orNull(fc.record({ name: fc.string(), message: fc.string(), code: fc.string() })),
  cancelReason: orNull(fc.string()),
  verification: orNull(fc.record({ summary: fc.constant('passed'), checks: fc.array(anyJson) })),
  attempt: count,
  waiting: orNull(
    fc.record({
      interrupts: fc.array(fc.string({ unit: 'binary' })),
      parked: orNull(fc.constantFrom('waiting', 'released')),
      wakeAtMs: orNull(count),
    }),
  ),
}) as fc.Arbitrary<RunSnapshot>;

describe('the text of a snapshot', () => {
  it('is its canonical JSON, whatever it holds', () => {
    fc.assert(
      fc.property(anySnapshot, (snapshot) => {
        expect(snapshotJson(snapshot)).toBe(canonicalJson(snapshot));
      }),
      { numRuns: runs(200) },
    );
  });

  it('is the canonical JSON of what a log folds to, with every member in it', () => {
    fc.assert(
      fc.property(fc.oneof(anyLog, activeLog), anyCreated, (events, created) => {
        const snapshot = fold(events, created);
        expect(snapshotJson(snapshot)).toBe(canonicalJson(snapshot));
        expect(Object.keys(JSON.parse(snapshotJson(snapshot)) as object)).toHaveLength(22);
      }),
      { numRuns: runs(150) },
    );
  });

  it('gives the snapshot back', () => {
    fc.assert(
      fc.property(anySnapshot, (snapshot) => {
        // Written and parsed first: -0 is 0 in JSON.
        const plain = JSON.parse(JSON.stringify(snapshot)) as RunSnapshot;
        expect(parseSnapshot(snapshotJson(snapshot))).toEqual(plain);
      }),
    );
  });
});

describe('a snapshot of version 1', () => {
  // As it stood in a store: no shape of today may be written into it.
  const text =
    '{"attempt":1,"cancelReason":null,"createdAtMs":1001,"definition":"work","epoch":2,"error":null,' +
    '"eventCount":3,"lateCount":0,"prompt":"do it","requireVerification":true,"result":null,' +
    '"runId":"run_1","sessionId":"ses_1","status":"executing","updatedAtMs":1003,"v":1,' +
    '"verification":{"checks":[],"summary":"skipped"}}';

  const lifted = {
    v: 2,
    runId: 'run_1',
    sessionId: 'ses_1',
    definition: 'work',
    version: null,
    parentRunId: null,
    forkedFrom: null,
    deadlineAtMs: null,
    status: 'executing',
    requireVerification: true,
    epoch: 2,
    eventCount: 3,
    lateCount: 0,
    createdAtMs: 1001,
    updatedAtMs: 1003,
    prompt: 'do it',
    result: null,
    error: null,
    cancelReason: null,
    verification: { checks: [], summary: 'skipped' },
    attempt: 1,
    waiting: null,
  };

  it('is read as one of version 2 that knows nothing of what is new', () => {
    expect(parseSnapshot(text)).toEqual(lifted);
  });

  it('is written as one of version 2', () => {
    expect(snapshotJson(parseSnapshot(text))).toBe(canonicalJson(lifted));
    expect(parseSnapshot(snapshotJson(parseSnapshot(text)))).toEqual(lifted);
  });

  it('goes on as any other', () => {
    const asked = { type: 'interrupt.requested', interruptId: 'a' };
    expect(foldEvent(parseSnapshot(text), envelope(4, asked, { epoch: 3 }))).toEqual({
      ...lifted,
      epoch: 3,
      eventCount: 4,
      updatedAtMs: 1004,
      waiting: { interrupts: ['a'], parked: null, wakeAtMs: null },
    });
  });
});
