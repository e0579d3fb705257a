import fc from 'fast-check';
import type { RunEvent } from '../../../index.ts';
import { endsRun, TABLE_TYPES } from '../contract/status-table.ts';
import { anyEvent, anyJson, oddEventOf, RECORDABLE, validEvent, waitingType } from './any-event.ts';

/** The events of a run after `run.created`: any types, with anything in them. */
export const anyLog: fc.Arbitrary<RunEvent[]> = fc.array(anyEvent, { maxLength: 30 });

/** The same of a run that has not ended: mostly what decides what it waits for. */
export const activeLog: fc.Arbitrary<RunEvent[]> = fc.array(
  oddEventOf(
    fc.oneof(
      { weight: 5, arbitrary: waitingType },
      { weight: 1, arbitrary: fc.constantFrom(...TABLE_TYPES.filter((type) => !endsRun(type))) },
    ),
  ),
  { maxLength: 30, size: 'max' },
);

/**
 * Events after `run.created` that a runtime would record in this order, the late ones after the end too.
 * An interrupt is settled only while it is open. What it shrinks to is such a log again.
 */
export const validLog: fc.Arbitrary<RunEvent[]> = fc
  .array(
    fc.oneof(
      { weight: 20, arbitrary: validEvent(RECORDABLE.filter((type) => !endsRun(type))) },
      { weight: 1, arbitrary: validEvent(RECORDABLE.filter(endsRun)) },
    ),
    { maxLength: 40, size: 'max' },
  )
  .map(withoutRefused);

/** Leaves out the answers that nobody waits for: while a run is active they are refused. */
function withoutRefused(events: readonly RunEvent[]): RunEvent[] {
  const open = new Set<unknown>();
  let isOver = false;
  return events.filter(({ type, interruptId }) => {
    isOver ||= endsRun(type);
    if (type === 'interrupt.requested') open.add(interruptId);
    return type !== 'interrupt.resolved' || isOver || open.delete(interruptId);
  });
}

/** A `run.created` with any, all or none of what it may carry, valid or odd. */
export const anyCreated: fc.Arbitrary<RunEvent> = fc
  .record(
    {
      prompt: fc.oneof(anyJson, fc.string()),
      definition: fc.oneof(anyJson, fc.string()),
      requireVerification: fc.oneof(anyJson, fc.boolean()),
      version: fc.oneof(anyJson, fc.string()),
      parentRunId: fc.oneof(anyJson, fc.string()),
      deadlineAtMs: fc.oneof(anyJson, fc.nat(), fc.constantFrom(0.5, Infinity, NaN)),
      unowned: fc.oneof(fc.boolean(), anyJson),
      forkedFrom: fc.oneof(
        anyJson,
        fc.record({ runId: fc.string(), superStep: fc.nat(), version: fc.nat(), edits: anyJson }),
        fc.record({
          runId: fc.oneof(fc.string(), anyJson),
          superStep: fc.oneof(fc.nat(), anyJson, fc.constant({ valueOf: 1, toString: 1 })),
          version: fc.oneof(fc.nat(), fc.constantFrom(undefined, Infinity, 0.5)),
        }),
      ),
    },
    { requiredKeys: [] },
  )
  .map((rest) => ({ ...rest, type: 'run.created' }));
