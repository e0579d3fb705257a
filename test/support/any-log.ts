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
export const payload = fc.record(
  {
    prompt: json,
    result: json,
    error: fc.oneof(json, fc.record({ name: fc.string(), message: fc.string(), code: json })),
    reason: fc.oneof(json, fc.string()),
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
/** An event of any type, with anything in it. */
export const anyEvent: fc.Arbitrary<RunEvent> = fc
  .tuple(fc.oneof(fc.constantFrom(...TABLE_TYPES), fc.string()), payload)
  .map(([type, rest]) => ({ ...rest, type }));
/** The events of a run after `run.created`. */
export const anyLog = fc.array(anyEvent, { maxLength: 30 });
