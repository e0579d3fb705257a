import { createActor, initialTransition, transition } from 'xstate';
import { compileFold, type FoldTable, stateValueOf, statusOf } from '../../src/machines/fold.ts';
import type { RunEvent } from '../../src/machines/run-events.ts';
import { EMPTY_FIELDS, type RunFields } from '../../src/machines/run-fields.ts';
import type { RunMachine } from '../../src/machines/run-machine.ts';
import type { RunStatus } from '../../src/machines/run-status.ts';

/** Where an event leads: a status, or `late` where it is recorded and changes nothing. */
export type Outcome = RunStatus | 'late';

/** The statuses in the order of the table's columns. */
export const COLUMNS = [
  'created',
  'planning',
  'executing',
  'verifying',
  'completed',
  'failed',
  'cancelled',
] as const satisfies readonly RunStatus[];

type Row = readonly [type: string, ...outcomes: (Outcome | '=')[]];

// Written out by hand from the contract and never computed: it is what the chart is checked against.
// prettier-ignore
const MOVING: readonly Row[] = [
  // type                   created       planning      executing     verifying     completed  failed  cancelled
  ['run.started',           'executing',  'executing',  'executing',  'executing',  'late',    'late', 'late'],
  ['planning.started',      'planning',   'planning',   'planning',   'planning',   'late',    'late', 'late'],
  ['planning.completed',    '=',          'executing',  '=',          '=',          'late',    'late', 'late'],
  ['step.started',          'executing',  'planning',   'executing',  'executing',  'late',    'late', 'late'],
  ['tool.started',          'executing',  'planning',   'executing',  'executing',  'late',    'late', 'late'],
  ['turn.started',          'executing',  'planning',   'executing',  'executing',  'late',    'late', 'late'],
  ['verification.started',  'verifying',  'verifying',  'verifying',  'verifying',  'late',    'late', 'late'],
  ['verification.reported', '=',          '=',          '=',          'verifying',  'late',    'late', 'late'],
  ['run.completed',         'completed',  'completed',  'completed',  'completed',  'late',    'late', 'late'],
  ['run.failed',            'failed',     'failed',     'failed',     'failed',     'late',    'late', 'late'],
  ['run.cancelled',         'cancelled',  'cancelled',  'cancelled',  'cancelled',  'late',    'late', 'late'],
];

// `run.created` stands here because chart and fold are total; a second one never gets as far as them.
const RECORDED =
  `run.created attempt.started attempt.ended step.completed step.failed tool.completed
  tool.failed turn.completed text.delta output.appended checkpoint.saved interrupt.requested
  interrupt.resolved signal.received child.started run.forked heartbeat log custom.note
  constructor`.split(/\s+/);

const ROWS: readonly Row[] = [
  ...MOVING,
  ...RECORDED.map((type): Row => [type, '=', '=', '=', '=', 'late', 'late', 'late']),
];

/** One cell of the status table. */
export interface TableCell {
  readonly type: string;
  readonly from: RunStatus;
  readonly outcome: Outcome;
}

/** Every cell: every built-in type, a custom one and an unknown one, in every status. */
export const STATUS_TABLE: readonly TableCell[] = ROWS.flatMap(([type, ...outcomes]) =>
  COLUMNS.map((from, column) => {
    const outcome = outcomes[column] ?? '=';
    return { type, from, outcome: outcome === '=' ? from : outcome };
  }),
);

/** The event types of the table's rows. */
export const TABLE_TYPES: readonly string[] = ROWS.map(([type]) => type);

/** The types that change a status or a field somewhere; the chart must know no other. */
const EFFECTIVE_TYPES: ReadonlySet<string> = new Set([
  ...MOVING.map(([type]) => type),
  'attempt.started',
  'attempt.ended',
  'interrupt.requested',
  'interrupt.resolved',
  'signal.received',
]);

const OUTCOMES = new Map(STATUS_TABLE.map((cell) => [`${cell.from} ${cell.type}`, cell.outcome]));

/** What the table says about a type in a status. */
export function outcomeOf(from: RunStatus, type: string): Outcome {
  const outcome = OUTCOMES.get(`${from} ${type}`);
  if (outcome === undefined) throw new TypeError(`Expected a type of the table, got ${type}`);
  return outcome;
}

/** The status after an event, by the table. */
export function statusAfter(from: RunStatus, type: string): RunStatus {
  const outcome = outcomeOf(from, type);
  return outcome === 'late' ? from : outcome;
}

/** A chart at rest in a status, with the given fields decided. */
export function chartIn(machine: RunMachine, status: RunStatus, fields: RunFields = EMPTY_FIELDS) {
  return machine.resolveState({ value: stateValueOf(status), context: fields });
}

/** Steps a live actor that stands in a status. It drops events once it is done, as actors do. */
export function liveStep(
  machine: RunMachine,
  snapshot: ReturnType<typeof chartIn>,
  event: RunEvent,
) {
  const errors: unknown[] = [];
  const actor = createActor(machine, { snapshot });
  // Without a listener an error inside an actor would take the process down.
  actor.subscribe({ error: (error) => errors.push(error) });
  actor.start();
  actor.send(event);
  const after = actor.getSnapshot();
  actor.stop();
  if (errors.length > 0) throw errors[0];
  return after;
}

/** Everything in which a machine and the fold compiled from it depart from the table, cell by cell. */
export function* mismatches(machine: RunMachine): Generator<string> {
  let table: FoldTable;
  try {
    table = compileFold(machine);
  } catch (error) {
    yield `compile: ${(error as Error).message}`;
    return;
  }
  const start = statusOf(initialTransition(machine)[0].value);
  if (start !== 'created') yield `chart: a run begins as ${start}, not created`;
  for (const cell of STATUS_TABLE) yield* cellMismatches(machine, table, cell);
  for (const row of table.values()) {
    for (const type of row.keys()) {
      if (!EFFECTIVE_TYPES.has(type)) yield `fold: reacts to "${type}", which changes nothing`;
    }
  }
}

/** How one cell departs from the table: in the chart, in a live actor, in the compiled fold. */
export function* cellMismatches(
  machine: RunMachine,
  table: FoldTable,
  { type, from, outcome }: TableCell,
): Generator<string> {
  const name = `${from} + ${type}`;
  const to = outcome === 'late' ? from : outcome;
  const before = chartIn(machine, from);
  const over = outcome === 'late';
  if ((before.status === 'done') !== over) yield `chart: ${from} is ${before.status}`;
  if (before.hasTag('terminal') !== over || before.hasTag('active') === over) {
    yield `chart: ${from} has the wrong tag`;
  }
  const steps = {
    chart: () => statusOf(transition(machine, before, { type })[0].value),
    live: () => statusOf(liveStep(machine, before, { type }).value),
    fold: () => table.get(from)?.get(type)?.status ?? from,
  };
  for (const [by, step] of Object.entries(steps)) {
    const reached = outcomeOfStep(step);
    if (reached !== to) yield `${by}: ${name} → ${reached}, not ${to}`;
  }
}

function outcomeOfStep(step: () => RunStatus): string {
  try {
    return step();
  } catch (error) {
    return `throws ${(error as Error).message}`;
  }
}
