import fc from 'fast-check';
import { foldLog, type RunEvent, type RunSnapshot } from '../../src/machines/index.ts';
import { logOf } from './envelopes.ts';
import { TABLE_TYPES } from './status-table.ts';

/** Folds `run.created` and these events. */
export function fold(events: readonly RunEvent[], created?: RunEvent): RunSnapshot {
  const snapshot = foldLog(logOf(events, created));
  if (snapshot === undefined) throw new Error('a log with run.created folds to nothing');
  return snapshot;
}

/** JSON as a wire gives it: what was -0 or infinite before is not any more. */
export const json = fc
  .jsonValue({ maxDepth: 4 })
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown);

/** Members that the rules read, with any JSON in them. */
const payload = fc.record(
  {
    prompt: json,
    result: json,
    error: fc.oneof(json, fc.record({ name: fc.string(), message: fc.string(), code: json })),
    reason: fc.oneof(json, fc.string(), fc.constantFrom('waiting', 'released')),
    wakeAtMs: fc.oneof(json, fc.nat(), fc.constantFrom(null, 0, -1, 0.5, '9000', Infinity, NaN)),
    // Few ids, so that the same one is asked for twice, and settled by chance.
    interruptId: fc.oneof({ weight: 3, arbitrary: fc.constantFrom('a', 'b', 'c', '') }, json),
    signal: json,
    checks: fc.oneof(
      json,
      fc.array(
        fc.record({
          name: fc.string(),
          status: fc.constantFrom('passed', 'failed', 'needs_review', 'skipped', 'odd'),
          required: fc.oneof(fc.boolean(), json),
        }),
      ),
    ),
    attempt: fc.oneof(json, fc.nat(), fc.constant(Infinity)),
  },
  { requiredKeys: [] },
);

const ENDING = new Set(['run.completed', 'run.failed', 'run.cancelled']);
const eventOf = (type: fc.Arbitrary<string>): fc.Arbitrary<RunEvent> =>
  fc.tuple(type, payload).map(([given, rest]) => ({ ...rest, type: given }));
/** The types that decide what a run waits for, while it is active. */
const waitingType = fc.constantFrom(
  'attempt.started',
  'attempt.ended',
  'interrupt.requested',
  'interrupt.resolved',
  'signal.received',
);
/** An event of any type, with anything in it. */
export const anyEvent = eventOf(
  fc.oneof(fc.constantFrom(...TABLE_TYPES), fc.string(), waitingType),
);
/** The events of a run after `run.created`. */
export const anyLog = fc.array(anyEvent, { maxLength: 30 });
/** The same of a run that has not ended: mostly what decides what it waits for. */
export const activeLog = fc.array(
  eventOf(
    fc.oneof(
      { weight: 5, arbitrary: waitingType },
      {
        weight: 1,
        arbitrary: fc.constantFrom(...TABLE_TYPES.filter((type) => !ENDING.has(type))),
      },
    ),
  ),
  { maxLength: 30, size: 'max' },
);

/** A `run.created` with any, all or none of what it may carry, valid or odd. */
export const anyCreated: fc.Arbitrary<RunEvent> = fc
  .record(
    {
      prompt: fc.oneof(json, fc.string()),
      definition: fc.oneof(json, fc.string()),
      requireVerification: fc.oneof(json, fc.boolean()),
      version: fc.oneof(json, fc.string()),
      parentRunId: fc.oneof(json, fc.string()),
      deadlineAtMs: fc.oneof(json, fc.nat(), fc.constantFrom(0.5, Infinity, NaN)),
      unowned: fc.oneof(fc.boolean(), json),
      forkedFrom: fc.oneof(
        json,
        fc.record({ runId: fc.string(), superStep: fc.nat(), version: fc.nat(), edits: json }),
        fc.record({
          runId: fc.oneof(fc.string(), json),
          superStep: fc.oneof(fc.nat(), json, fc.constant({ valueOf: 1, toString: 1 })),
          version: fc.oneof(fc.nat(), fc.constantFrom(undefined, Infinity, 0.5)),
        }),
      ),
    },
    { requiredKeys: [] },
  )
  .map((rest) => ({ ...rest, type: 'run.created' }));
