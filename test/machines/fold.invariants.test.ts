import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/json.ts';
import {
  type Envelope,
  foldEvent,
  foldLog,
  parseSnapshot,
  RUN_STATUSES,
  type RunEvent,
  type RunSnapshot,
  snapshotJson,
} from '../../src/machines/index.ts';
import {
  activeLog,
  anyCreated,
  anyEvent,
  anyLog,
  factsOf,
  factsOfLog,
  TABLE_TYPES,
  validLog,
} from '../../src/testing/model/index.ts';
import { CREATED, envelope, fold, logOf } from '../support/envelopes.ts';
import { runs } from '../support/runs.ts';

const error = { name: 'Error', message: 'it broke' };

const ENDS: readonly RunEvent[] = [
  { type: 'run.completed', result: 'done' },
  { type: 'run.failed', error },
  { type: 'run.cancelled', reason: 'enough' },
];

describe('invariants of the fold', () => {
  for (const first of ENDS) {
    for (const second of ENDS) {
      it(`I1 terminal once: ${second.type} after ${first.type} decides nothing`, () => {
        const once = fold([first]);
        const other = {
          ...second,
          result: 'other',
          error: { name: 'B', message: 'b' },
          reason: 'other',
        };
        expect(fold([first, other])).toEqual({
          ...once,
          eventCount: 3,
          lateCount: 1,
          updatedAtMs: 1003,
        });
      });
    }
  }

  it('I1 terminal once: a late event changes nothing but eventCount, lateCount and updatedAtMs', () => {
    fc.assert(
      fc.property(anyLog, fc.constantFrom(...ENDS), anyLog, (before, end, late) => {
        const ended = fold([...before, end]);
        expect(fold([...before, end, ...late])).toEqual({
          ...ended,
          eventCount: ended.eventCount + late.length,
          lateCount: ended.lateCount + late.length,
          updatedAtMs: ended.updatedAtMs + late.length,
        });
      }),
    );
  });

  it('I2 cancelled is sticky: no event, and no two events, lead out of it', () => {
    for (const first of TABLE_TYPES) {
      for (const second of TABLE_TYPES) {
        const events = [
          { type: 'run.cancelled', reason: 'why' },
          { type: first },
          { type: second },
        ];
        expect(fold(events)).toMatchObject({
          status: 'cancelled',
          cancelReason: 'why',
          lateCount: 2,
        });
      }
    }
  });

  it('I3 status = fold(log): a log that went through JSON folds to the same bytes', () => {
    fc.assert(
      fc.property(fc.oneof(anyLog, activeLog), anyCreated, (events, created) => {
        const log = logOf(events, created);
        const again = JSON.parse(JSON.stringify(log)) as Envelope[];
        expect(snapshotJson(foldLog(again) as RunSnapshot)).toBe(
          snapshotJson(fold(events, created)),
        );
      }),
      { numRuns: runs(150) },
    );
  });

  it('I3 status = fold(log): a fold that goes on from a stored snapshot ends in the same bytes', () => {
    fc.assert(
      fc.property(fc.oneof(anyLog, activeLog), anyCreated, fc.nat(30), (events, created, cut) => {
        const log = logOf(events, created);
        const head = foldLog(log.slice(0, Math.max(1, cut))) as RunSnapshot;
        let snapshot = parseSnapshot(snapshotJson(head));
        for (const next of log.slice(Math.max(1, cut))) snapshot = foldEvent(snapshot, next);
        expect(snapshotJson(snapshot)).toBe(snapshotJson(fold(events, created)));
      }),
    );
  });

  it('I3 status = fold(log): the model, written from the contract, folds any log to the same facts', () => {
    fc.assert(
      fc.property(fc.oneof(anyLog, activeLog, validLog), anyCreated, (events, created) => {
        const log = logOf(events, created);
        expect(canonicalJson(factsOfLog(log))).toBe(canonicalJson(factsOf(fold(events, created))));
      }),
      { numRuns: runs(200) },
    );
  });

  it('I3 status = fold(log): eventCount is the number of events in the log, late ones too', () => {
    fc.assert(
      fc.property(anyLog, (events) => {
        expect(fold(events).eventCount).toBe(events.length + 1);
      }),
    );
  });

  it('I10 time: updatedAtMs never goes back and is never before createdAtMs, whatever the clock does', () => {
    const stamped = fc.array(fc.tuple(anyEvent, fc.integer({ min: 0, max: 5000 })));
    fc.assert(
      fc.property(stamped, (events) => {
        let snapshot = foldEvent(undefined, envelope(1, CREATED, { emittedAtMs: 2500 }));
        for (const [event, emittedAtMs] of events) {
          const next = foldEvent(
            snapshot,
            envelope(snapshot.eventCount + 1, event, { emittedAtMs }),
          );
          expect(next.updatedAtMs).toBe(Math.max(snapshot.updatedAtMs, emittedAtMs));
          expect(next.createdAtMs).toBe(2500);
          snapshot = next;
        }
      }),
    );
  });
});

describe('whatever the payload', () => {
  it('the fold is total: it never throws and always ends in one of the seven statuses', () => {
    fc.assert(
      fc.property(anyLog, anyCreated, (events, created) => {
        expect(RUN_STATUSES).toContain(fold(events, created).status);
      }),
      { numRuns: runs(200) },
    );
  });

  it('the snapshot is plain JSON: parsing its text gives it back', () => {
    fc.assert(
      fc.property(fc.oneof(anyLog, activeLog), anyCreated, (events, created) => {
        const snapshot = fold(events, created);
        expect(parseSnapshot(snapshotJson(snapshot))).toEqual(snapshot);
      }),
      { numRuns: runs(150) },
    );
  });

  it('the snapshot before is left as it was', () => {
    fc.assert(
      fc.property(anyLog, anyEvent, (events, event) => {
        const before = Object.freeze(fold(events));
        const text = snapshotJson(before);
        foldEvent(before, envelope(before.eventCount + 1, event));
        expect(snapshotJson(before)).toBe(text);
      }),
    );
  });

  it('what the snapshot took from an event cannot be changed through the event', () => {
    const result = { list: [{ n: 1 }] };
    const completed = fold([{ type: 'run.completed', result }]);
    expect(() => Object.assign(result.list[0] ?? {}, { n: 2 })).toThrow(TypeError);
    expect(() => result.list.push({ n: 2 })).toThrow(TypeError);
    expect(completed.result).toEqual({ list: [{ n: 1 }] });

    const failure = { ...error, detail: { n: 1 } };
    fold([{ type: 'run.failed', error: failure }]);
    expect(() => Object.assign(failure.detail, { n: 2 })).toThrow(TypeError);

    const checks = [{ name: 'c', status: 'passed', required: true, evidence: { n: 1 } }];
    const { verification } = fold([{ type: 'verification.reported', checks }]);
    checks.push({ name: 'd', status: 'failed', required: true, evidence: { n: 2 } });
    expect(() => Object.assign(checks[0]?.evidence ?? {}, { n: 2 })).toThrow(TypeError);
    expect(verification).toEqual({ summary: 'passed', checks: [checks[0]] });
    expect(Object.isFrozen(verification)).toBe(true);
  });
});
