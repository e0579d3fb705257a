import fc from 'fast-check';
import type { RunEvent, RunchartErrorCode } from '../../../index.ts';
import { TABLE_TYPES } from '../contract/status-table.ts';

/** JSON as a wire gives it: what was -0 or infinite before is not any more. */
export const anyJson: fc.Arbitrary<unknown> = fc
  .jsonValue({ maxDepth: 4 })
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown);

const CHECK_STATUSES = ['passed', 'failed', 'needs_review', 'skipped'] as const;

/** Members that the rules read, with any JSON in them. */
const oddPayload = fc.record(
  {
    prompt: anyJson,
    result: anyJson,
    error: fc.oneof(anyJson, fc.record({ name: fc.string(), message: fc.string(), code: anyJson })),
    reason: fc.oneof(anyJson, fc.string(), fc.constantFrom('waiting', 'released')),
    wakeAtMs: fc.oneof(anyJson, fc.nat(), fc.constantFrom(null, 0, -1, 0.5, '9000', Infinity, NaN)),
    // Few ids, so that the same one is asked for twice, and settled by chance.
    interruptId: fc.oneof({ weight: 3, arbitrary: fc.constantFrom('a', 'b', 'c', '') }, anyJson),
    signal: anyJson,
    checks: fc.oneof(
      anyJson,
      fc.array(
        fc.record({
          name: fc.string(),
          status: fc.constantFrom(...CHECK_STATUSES, 'odd'),
          required: fc.oneof(fc.boolean(), anyJson),
        }),
      ),
    ),
    attempt: fc.oneof(anyJson, fc.nat(), fc.constant(Infinity)),
  },
  { requiredKeys: [] },
);

/** The types that decide what a run waits for, while it is active. */
export const WAITING_TYPES: readonly string[] = [
  'attempt.started',
  'attempt.ended',
  'interrupt.requested',
  'interrupt.resolved',
  'signal.received',
];
export const waitingType: fc.Arbitrary<string> = fc.constantFrom(...WAITING_TYPES);

/** Events of a type with anything in them, which the fold has to bear and `record` may refuse. */
export const oddEventOf = (type: fc.Arbitrary<string>): fc.Arbitrary<RunEvent> =>
  fc.tuple(type, oddPayload).map(([given, rest]) => ({ ...rest, type: given }));

/** An event of any type, with anything in it. */
export const anyEvent: fc.Arbitrary<RunEvent> = oddEventOf(
  fc.oneof(fc.constantFrom(...TABLE_TYPES), fc.string(), waitingType),
);

const interruptId = fc.constantFrom('a', 'b', 'c');
const failure = fc.record({ name: fc.constantFrom('Error', 'Odd'), message: fc.string() });
const check = fc.record({
  name: fc.constantFrom('builds', 'reads'),
  status: fc.constantFrom(...CHECK_STATUSES),
  required: fc.boolean(),
});
const wakeAtMs = fc.option(fc.nat(), { nil: null });
const attempt = fc.integer({ min: 1, max: 9 });

/** What the types carry that the fold reads, as the contract wants it. */
// A map, not an object: every word is a type, "constructor" too.
const PAYLOADS: ReadonlyMap<string, fc.Arbitrary<object>> = new Map(
  Object.entries({
    'run.started': fc.record({ prompt: fc.constantFrom('', 'p', 'ü"') }, { requiredKeys: [] }),
    'run.completed': fc.record({ result: anyJson }, { requiredKeys: [] }),
    'run.failed': fc.record({ error: failure }),
    'run.cancelled': fc.record(
      { reason: fc.option(fc.string(), { nil: null }) },
      { requiredKeys: [] },
    ),
    'verification.reported': fc.record({ checks: fc.array(check, { maxLength: 3 }) }),
    'attempt.started': fc.record({ attempt, owner: fc.constant('somebody') }),
    'attempt.ended': fc.record(
      { attempt, reason: fc.constantFrom('waiting', 'released'), wakeAtMs },
      { requiredKeys: ['attempt'] },
    ),
    'interrupt.requested': fc.record({ interruptId, question: fc.string() }),
    'interrupt.resolved': fc.record({ interruptId, outcome: fc.constant('answered') }),
    'signal.received': fc.record({ signal: anyJson }),
  }),
);
const data = fc.record({ data: anyJson }, { requiredKeys: [] });

/** Every type that may be recorded after event 1: the built-in ones, and two of one's own. */
export const RECORDABLE: readonly string[] = TABLE_TYPES.filter((type) => type !== 'run.created');

/** An event that `record` takes on an active run, of one of these types; all types by default. */
export function validEvent(types: readonly string[] = RECORDABLE): fc.Arbitrary<RunEvent> {
  return fc.oneof(
    ...types.map((type) => (PAYLOADS.get(type) ?? data).map((rest) => ({ ...rest, type }))),
  );
}

/** An event that `record` refuses, whatever the run, with the code of the refusal. */
export const refusedEvent: fc.Arbitrary<{
  readonly event: RunEvent;
  readonly code: RunchartErrorCode;
}> = fc.oneof(
  fc
    .constantFrom('run.finished', 'step.begun', 'planning', 'text.', 'heartbeat.lost')
    .map((type) => ({ event: { type }, code: 'EVENT_TYPE_UNKNOWN' as const })),
  fc
    .constantFrom<RunEvent>(
      { type: '' },
      { type: 'x'.repeat(129) },
      { type: 'run.started', prompt: 1 },
      { type: 'run.failed', error: 'no' },
      { type: 'run.cancelled', reason: {} },
      { type: 'verification.reported', checks: [{ name: 'c' }] },
      { type: 'attempt.started', attempt: 0 },
      { type: 'attempt.ended', wakeAtMs: -1 },
      { type: 'interrupt.requested' },
      { type: 'interrupt.resolved', interruptId: '' },
      { type: 'run.created', prompt: '', definition: null, requireVerification: false },
    )
    .map((event) => ({ event, code: 'EVENT_INVALID' as const })),
);
