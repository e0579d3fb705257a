import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  BUILT_IN_TYPES,
  compileFold,
  foldEvent,
  foldLog,
  isTerminal,
  runMachine,
} from '../../src/machines/index.ts';
import type { RunSnapshot, RunStatus } from '../../src/machines/index.ts';
import { envelope, logOf } from '../support/envelopes.ts';
import { STATUS_TABLE, TABLE_TYPES } from '../../src/testing/model/index.ts';
import { cellMismatches, mismatches } from '../support/chart-mismatches.ts';

// The development build warns about every event that a finished actor drops; here that is the point.
beforeEach(() => void vi.spyOn(console, 'warn').mockImplementation(() => {}));
afterEach(() => void vi.restoreAllMocks());

const REACHED_BY: Readonly<Record<RunStatus, readonly string[]>> = {
  created: [],
  planning: ['planning.started'],
  executing: ['run.started'],
  verifying: ['verification.started'],
  completed: ['run.completed'],
  failed: ['run.failed'],
  cancelled: ['run.cancelled'],
};

function runIn(status: RunStatus): RunSnapshot {
  const snapshot = foldLog(logOf(REACHED_BY[status].map((type) => ({ type }))));
  if (snapshot?.status !== status) throw new Error(`no way to ${status}`);
  return snapshot;
}

const table = compileFold(runMachine);

describe('status table', () => {
  for (const cell of STATUS_TABLE) {
    const { type, from, outcome } = cell;
    it(`${from} + ${type} → ${outcome}`, () => {
      expect([...cellMismatches(runMachine, table, cell)]).toEqual([]);
      const before = runIn(from);
      const after = foldEvent(before, envelope(before.eventCount + 1, { type }));
      expect(after.status).toBe(outcome === 'late' ? from : outcome);
      expect(after.lateCount).toBe(outcome === 'late' ? 1 : 0);
      expect(after.eventCount).toBe(before.eventCount + 1);
    });
  }

  it('has a row for every built-in type, and for types that are not', () => {
    expect(BUILT_IN_TYPES.filter((type) => !TABLE_TYPES.includes(type))).toEqual([]);
    expect(TABLE_TYPES.length).toBeGreaterThan(BUILT_IN_TYPES.length);
  });

  it('is late in terminal statuses and nowhere else', () => {
    for (const { from, outcome } of STATUS_TABLE) expect(outcome === 'late').toBe(isTerminal(from));
  });

  it('is kept by the chart, by a live actor and by the fold, with nothing beside it', () => {
    expect([...mismatches(runMachine)]).toEqual([]);
  });
});
