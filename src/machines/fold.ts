import { type AnyMachineSnapshot, getNextTransitions, type StateValue } from 'xstate';
import type { Envelope, RunEvent } from './run-events.ts';
import { EMPTY_FIELDS, FIELD_RULES, type FieldRule, type RunFields } from './run-fields.ts';
import { runMachine, type RunMachine } from './run-machine.ts';
import { createSnapshot, nextSnapshot, type RunSnapshot } from './run-snapshot.ts';
import { ACTIVE_STATUSES, isRunStatus, isTerminal, type RunStatus } from './run-status.ts';

/** What an event does in a status: where it leads and which fields it decides. */
export interface Cell {
  readonly status: RunStatus;
  readonly rules: readonly FieldRule[];
}

/** status → event type → cell. An absent cell is "recorded, unchanged"; a terminal status has no row. */
export type FoldTable = ReadonlyMap<RunStatus, ReadonlyMap<string, Cell>>;

/** The state value of the chart that stands for a status. */
export function stateValueOf(status: RunStatus): StateValue {
  return isTerminal(status) ? status : { active: status };
}

/** The status that a state value of the chart stands for. */
export function statusOf(value: StateValue): RunStatus {
  const leaf = typeof value === 'string' ? value : Object.values(value)[0];
  if (!isRunStatus(leaf))
    throw new TypeError(`Expected a run status, got ${JSON.stringify(value)}`);
  return leaf;
}

/**
 * Computes the fold's table from a chart, by asking it for the transitions of each active status.
 * Stepping the chart costs microseconds, the table tens of nanoseconds; a test proves them equal.
 */
export function compileFold(machine: RunMachine): FoldTable {
  return new Map(ACTIVE_STATUSES.map((status) => [status, compileRow(machine, status)]));
}

function compileRow(machine: RunMachine, status: RunStatus): ReadonlyMap<string, Cell> {
  const state = machine.resolveState({ value: stateValueOf(status), context: EMPTY_FIELDS });
  const row = new Map<string, Cell>();
  // Innermost state first: the first transition found for a type is the one that the chart takes.
  for (const { eventType, target, actions } of getNextTransitions(state as AnyMachineSnapshot)) {
    if (row.has(eventType)) continue;
    const leaf = target?.[0]?.key ?? status;
    if (!isRunStatus(leaf)) throw new TypeError(`Expected a run status as target, got ${leaf}`);
    row.set(eventType, { status: leaf, rules: actions.map(ruleOf) });
  }
  return row;
}

function ruleOf(action: unknown): FieldRule {
  if (typeof action === 'string' && Object.hasOwn(FIELD_RULES, action)) return action as FieldRule;
  throw new TypeError(`Expected the name of a field rule as action, got ${String(action)}`);
}

const TABLE = compileFold(runMachine);

/** The event types that can change something on an active run; all others are only counted. */
export const ALPHABET: ReadonlySet<string> = new Set(
  [...TABLE.values()].flatMap((row) => [...row.keys()]),
);

const READ: ReadonlySet<string> = new Set([
  'run.created',
  ...[...TABLE.values()].flatMap((row) =>
    [...row].filter(([, { rules }]) => rules.length > 0).map(([type]) => type),
  ),
]);

/** True when the fold reads more of such an event than its type. */
export function isReadByFold(type: string): boolean {
  return READ.has(type);
}

/** The cell of the status table, or undefined where the event is recorded without effect. */
export function cellOf(status: RunStatus, type: string): Cell | undefined {
  return TABLE.get(status)?.get(type);
}

/**
 * The next snapshot of a run: pure, total, and the only definition of "status".
 * The first envelope MUST be `run.created`; `event` needs its payload only where the cell has rules.
 */
export function foldEvent(snapshot: RunSnapshot | undefined, envelope: Envelope): RunSnapshot {
  if (snapshot === undefined) return createSnapshot(envelope);
  const row = TABLE.get(snapshot.status);
  // Only a terminal status has no row: what comes then is late, and only counted.
  if (row === undefined) return nextSnapshot(snapshot, snapshot.status, true, envelope, snapshot);
  const cell = row.get(envelope.event.type);
  if (cell === undefined) return nextSnapshot(snapshot, snapshot.status, false, envelope, snapshot);
  const fields = applyRules(cell.rules, snapshot, envelope.event);
  return nextSnapshot(snapshot, cell.status, false, envelope, fields);
}

function applyRules(rules: readonly FieldRule[], fields: RunFields, event: RunEvent): RunFields {
  if (rules.length === 0) return fields;
  return Object.assign({ ...fields }, ...rules.map((rule) => FIELD_RULES[rule](fields, event)));
}

/** Folds a whole log; undefined for an empty one. */
export function foldLog(log: Iterable<Envelope>): RunSnapshot | undefined {
  let snapshot: RunSnapshot | undefined;
  for (const envelope of log) snapshot = foldEvent(snapshot, envelope);
  return snapshot;
}
