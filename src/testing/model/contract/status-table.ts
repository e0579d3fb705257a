import type { RunStatus } from '../../../machines/index.ts';

/** Where an event leads: a status, or `late` where it is recorded and changes nothing. */
export type Outcome = RunStatus | 'late';

/**
 * What an event is to a run in a status. `moves`: to another status. `stays`: it is recorded, and may
 * decide fields. `early`: as `stays`, but its type belongs to a phase that the run is not in. `late`: the
 * run is over. `refused`: it is not recorded.
 */
export type Verdict = 'moves' | 'stays' | 'early' | 'late' | 'refused';

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

const OVER: ReadonlySet<RunStatus> = new Set(['completed', 'failed', 'cancelled']);

/** True for the statuses that nothing leads out of. */
export function isOver(status: RunStatus): boolean {
  return OVER.has(status);
}

const ENDING: ReadonlySet<string> = new Set(['run.completed', 'run.failed', 'run.cancelled']);

/** True for the types that end an active run. */
export function endsRun(type: string): boolean {
  return ENDING.has(type);
}

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
export const EFFECTIVE_TYPES: ReadonlySet<string> = new Set([
  ...MOVING.map(([type]) => type),
  'attempt.started',
  'attempt.ended',
  'interrupt.requested',
  'interrupt.resolved',
  'signal.received',
]);

const OUTCOMES = new Map(STATUS_TABLE.map((cell) => [`${cell.from} ${cell.type}`, cell.outcome]));

/** What the table says about a type in a status; a type that it does not name is recorded without effect. */
export function outcomeOf(from: RunStatus, type: string): Outcome {
  return OUTCOMES.get(`${from} ${type}`) ?? (isOver(from) ? 'late' : from);
}

/** The status after an event, by the table. */
export function statusAfter(from: RunStatus, type: string): RunStatus {
  const outcome = outcomeOf(from, type);
  return outcome === 'late' ? from : outcome;
}

/** What the contract calls an event of this type that comes to a run in this status. */
export function verdictOf(from: RunStatus, type: string): Verdict {
  if (type === 'run.created') return 'refused';
  const outcome = outcomeOf(from, type);
  if (outcome === 'late') return 'late';
  if (outcome !== from) return 'moves';
  const row = MOVING.find(([moving]) => moving === type);
  const isNamed = row?.[COLUMNS.indexOf(from) + 1] !== '=';
  return row === undefined || isNamed ? 'stays' : 'early';
}
