import { transition } from 'xstate';
import { compileFold } from '../../src/machines/fold.ts';
import type { RunEvent } from '../../src/machines/run-events.ts';
import { EMPTY_FIELDS, FIELD_RULES, type RunFields } from '../../src/machines/run-fields.ts';
import type { RunMachine } from '../../src/machines/run-machine.ts';
import { isTerminal, type RunStatus } from '../../src/machines/run-status.ts';
import { chartIn, COLUMNS, liveStep, TABLE_TYPES } from './status-table.ts';

/** One payload for every type, so that a rule in the wrong place has something to take. */
export const PAYLOAD = {
  prompt: 'from the event',
  result: { answer: 42 },
  error: { name: 'Boom', message: 'it broke' },
  reason: 'no longer needed',
  checks: [{ name: 'builds', status: 'failed', required: true }],
  attempt: 7,
} as const;

const DECIDED: Readonly<Record<string, Partial<RunFields>>> = {
  'run.completed': { result: PAYLOAD.result },
  'run.failed': { error: PAYLOAD.error },
  'run.cancelled': { cancelReason: PAYLOAD.reason },
  'verification.reported': { verification: { summary: 'failed', checks: PAYLOAD.checks } },
  'attempt.started': { attempt: PAYLOAD.attempt },
};

/** The fields after an event that carries PAYLOAD, by the contract's fold rules. */
export function fieldsAfter(from: RunStatus, type: string, before: RunFields): RunFields {
  if (isTerminal(from)) return before;
  if (type === 'run.started') return { ...before, prompt: before.prompt || PAYLOAD.prompt };
  return { ...before, ...DECIDED[type] };
}

const BASES: readonly RunFields[] = [
  EMPTY_FIELDS,
  { ...EMPTY_FIELDS, prompt: 'first', attempt: 3 },
];

/** Everything in which the fields of a machine, and of the fold compiled from it, break the fold rules. */
export function* fieldMismatches(machine: RunMachine): Generator<string> {
  const table = compileFold(machine);
  for (const before of BASES) {
    for (const type of TABLE_TYPES) {
      for (const from of COLUMNS) {
        const event: RunEvent = { ...PAYLOAD, type };
        const state = chartIn(machine, from, before);
        const rules = table.get(from)?.get(type)?.rules ?? [];
        const reached = {
          chart: transition(machine, state, event)[0].context,
          live: liveStep(machine, state, event).context,
          fold: Object.assign({}, before, ...rules.map((rule) => FIELD_RULES[rule](before, event))),
        };
        const expected = JSON.stringify(fieldsAfter(from, type, before));
        for (const [by, fields] of Object.entries(reached)) {
          if (JSON.stringify(fields) !== expected) {
            yield `${by}: ${from} + ${type} gives ${JSON.stringify(fields)}, not ${expected}`;
          }
        }
      }
    }
  }
}
