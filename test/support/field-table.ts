import { isDeepStrictEqual } from 'node:util';
import { transition } from 'xstate';
import { canonicalJson } from '../../src/json.ts';
import { compileFold } from '../../src/machines/fold.ts';
import type { RunEvent } from '../../src/machines/run-events.ts';
import {
  EMPTY_FIELDS,
  FIELD_RULES,
  type FieldRule,
  type RunFields,
  type WaitingState,
} from '../../src/machines/run-fields.ts';
import type { RunMachine } from '../../src/machines/run-machine.ts';
import { isTerminal, type RunStatus } from '../../src/machines/run-status.ts';
import { COLUMNS, TABLE_TYPES } from '../../src/testing/model/index.ts';
import { chartIn, liveStep } from './chart-mismatches.ts';

/** One payload for every type, so that a rule in the wrong place has something to take. */
const PAYLOAD = {
  prompt: 'from the event',
  result: { answer: 42 },
  error: { name: 'Boom', message: 'it broke' },
  reason: 'waiting',
  wakeAtMs: 9000,
  interruptId: 'a',
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

/** Which interrupts are open, in the order of asking. */
const OPEN = { '-': [], a: ['a'], b: ['b'], ab: ['a', 'b'], ba: ['b', 'a'] } as const;
type Open = keyof typeof OPEN;

/** Whether somebody drives the run, and until when nobody needs to. */
const PARKED = {
  driven: { parked: null, wakeAtMs: null },
  event: { parked: 'waiting', wakeAtMs: null },
  instant: { parked: 'waiting', wakeAtMs: 9000 },
  woken: { parked: 'waiting', wakeAtMs: 0 },
  free: { parked: 'released', wakeAtMs: 0 },
  freeLater: { parked: 'released', wakeAtMs: 9000 },
} as const satisfies Record<string, Omit<WaitingState, 'interrupts'>>;
type Parked = keyof typeof PARKED;

const END = { type: 'attempt.ended' };
const ASK = { type: 'interrupt.requested' };
const SETTLE = { type: 'interrupt.resolved' };

const OPEN_COLUMNS = ['-', 'a', 'b', 'ab', 'ba'] as const satisfies readonly Open[];
const PARKED_COLUMNS = [
  'driven',
  'event',
  'instant',
  'woken',
  'free',
  'freeLater',
] as const satisfies readonly Parked[];

type OpenRow = readonly [event: RunEvent, ...after: Open[]];
type ParkedRow = readonly [event: RunEvent, ...after: Parked[]];

// Both tables are written out by hand and never computed: an active run in any status is as they say.
// An event that is not listed leaves the part as it is, whatever it carries; a terminal one clears both.

// prettier-ignore
const OPEN_ROWS: readonly OpenRow[] = [
  //                                                  -    a    b    ab    ba
  [{ ...ASK, interruptId: 'a' },                      'a', 'a', 'ba', 'ab', 'ba'],
  [{ ...ASK, interruptId: 'b' },                      'b', 'ab', 'b', 'ab', 'ba'],
  [{ ...ASK },                                        '-', 'a', 'b', 'ab', 'ba'],
  [{ ...ASK, interruptId: null },                     '-', 'a', 'b', 'ab', 'ba'],
  [{ ...ASK, interruptId: ['a'] },                    '-', 'a', 'b', 'ab', 'ba'],
  [{ ...SETTLE, interruptId: 'a' },                   '-', '-', 'b', 'b', 'b'],
  [{ ...SETTLE, interruptId: 'b' },                   '-', 'a', '-', 'a', 'a'],
  [{ ...SETTLE, interruptId: 'unknown' },             '-', 'a', 'b', 'ab', 'ba'],
  [{ ...SETTLE, interruptId: ['a'] },                 '-', 'a', 'b', 'ab', 'ba'],
  [{ ...SETTLE },                                     '-', 'a', 'b', 'ab', 'ba'],
];

// prettier-ignore
const PARKED_ROWS: readonly ParkedRow[] = [
  //                                                  driven       event        instant      woken        free         freeLater
  [{ type: 'attempt.started', attempt: 7 },           'driven',    'driven',    'driven',    'driven',    'driven',    'driven'],
  [{ ...END, reason: 'waiting', wakeAtMs: 9000 },     'instant',   'instant',   'instant',   'instant',   'instant',   'instant'],
  [{ ...END, reason: 'waiting', wakeAtMs: 0 },        'woken',     'woken',     'woken',     'woken',     'woken',     'woken'],
  [{ ...END, reason: 'waiting', wakeAtMs: null },     'event',     'event',     'event',     'event',     'event',     'event'],
  [{ ...END, reason: 'waiting' },                     'event',     'event',     'event',     'event',     'event',     'event'],
  [{ ...END, reason: 'waiting', wakeAtMs: '9000' },   'event',     'event',     'event',     'event',     'event',     'event'],
  [{ ...END, reason: 'waiting', wakeAtMs: Infinity }, 'event',     'event',     'event',     'event',     'event',     'event'],
  [{ ...END, reason: 'waiting', wakeAtMs: 0.5 },      'event',     'event',     'event',     'event',     'event',     'event'],
  [{ ...END, reason: 'waiting', wakeAtMs: -1 },       'event',     'event',     'event',     'event',     'event',     'event'],
  [{ ...END, reason: 'released', wakeAtMs: 0 },       'free',      'free',      'free',      'free',      'free',      'free'],
  [{ ...END, reason: 'released', wakeAtMs: 9000 },    'freeLater', 'freeLater', 'freeLater', 'freeLater', 'freeLater', 'freeLater'],
  [{ ...END, reason: 'released', wakeAtMs: null },    'free',      'free',      'free',      'free',      'free',      'free'],
  [{ ...END, reason: 'released', wakeAtMs: NaN },     'free',      'free',      'free',      'free',      'free',      'free'],
  [{ ...END, reason: 'bored', wakeAtMs: 9000 },       'freeLater', 'freeLater', 'freeLater', 'freeLater', 'freeLater', 'freeLater'],
  [{ ...END },                                        'free',      'free',      'free',      'free',      'free',      'free'],
  [{ ...SETTLE, interruptId: 'a' },                   'driven',    'woken',     'woken',     'woken',     'free',      'free'],
  [{ ...SETTLE, interruptId: 'b' },                   'driven',    'woken',     'woken',     'woken',     'free',      'free'],
  [{ ...SETTLE, interruptId: 'unknown' },             'driven',    'woken',     'woken',     'woken',     'free',      'free'],
  [{ ...SETTLE, interruptId: ['a'] },                 'driven',    'woken',     'woken',     'woken',     'free',      'free'],
  [{ ...SETTLE },                                     'driven',    'woken',     'woken',     'woken',     'free',      'free'],
  [{ type: 'signal.received', signal: 'go' },         'driven',    'woken',     'woken',     'woken',     'free',      'free'],
];

const CLEARING = new Set(['run.completed', 'run.failed', 'run.cancelled']);

/** What tells the events of a type apart in the tables; everything else that they carry decides nothing. */
function rowKey({ type, interruptId, reason, wakeAtMs }: RunEvent): string {
  if (type === 'attempt.started' || type === 'signal.received') return type;
  if (type === 'attempt.ended') return [type, reason, typeof wakeAtMs, wakeAtMs].join(' ');
  return `${type} ${JSON.stringify(interruptId)}`;
}

const OPEN_BY_EVENT = new Map(OPEN_ROWS.map(([event, ...after]) => [rowKey(event), after]));
const PARKED_BY_EVENT = new Map(PARKED_ROWS.map(([event, ...after]) => [rowKey(event), after]));

/** Where each of the shapes of `waiting` stands in the tables. */
interface Shape {
  readonly open: Open;
  readonly parked: Parked;
}

function waitingOf({ open, parked }: Shape): WaitingState | null {
  if (open === '-' && parked === 'driven') return null;
  return { interrupts: OPEN[open], ...PARKED[parked] };
}

const ALL_SHAPES: readonly Shape[] = OPEN_COLUMNS.flatMap((open) =>
  PARKED_COLUMNS.map((parked) => ({ open, parked })),
);

/** Every shape of `waiting` that the tables know, the one of a run that waits for nothing first. */
export const WAITING_SHAPES: readonly (WaitingState | null)[] = ALL_SHAPES.map(waitingOf);

const SHAPE_OF = new Map(ALL_SHAPES.map((shape) => [canonicalJson(waitingOf(shape)), shape]));

/** What an active run waits for after an event, by the two tables. */
function waitingAfter(event: RunEvent, before: WaitingState | null): WaitingState | null {
  if (CLEARING.has(event.type)) return null;
  const shape = SHAPE_OF.get(canonicalJson(before));
  if (shape === undefined) {
    throw new TypeError(`Expected a shape of the tables, got ${canonicalJson(before)}`);
  }
  const key = rowKey(event);
  return waitingOf({
    open: OPEN_BY_EVENT.get(key)?.[OPEN_COLUMNS.indexOf(shape.open)] ?? shape.open,
    parked: PARKED_BY_EVENT.get(key)?.[PARKED_COLUMNS.indexOf(shape.parked)] ?? shape.parked,
  });
}

/** The fields after an event, by the contract's fold rules: one with PAYLOAD, or one of the tables' rows. */
export function fieldsAfter(from: RunStatus, event: RunEvent, before: RunFields): RunFields {
  if (isTerminal(from)) return before;
  const waiting = waitingAfter(event, before.waiting);
  if (event.type === 'run.started') {
    return { ...before, waiting, prompt: before.prompt || PAYLOAD.prompt };
  }
  return { ...before, ...DECIDED[event.type], waiting };
}

/** One event of each type of the status table, each with PAYLOAD. */
export const FULL_EVENTS: readonly RunEvent[] = TABLE_TYPES.map((type) => ({ ...PAYLOAD, type }));

/** The events of the tables of `waiting`, each once. */
export const WAITING_EVENTS: readonly RunEvent[] = [
  ...new Map([...OPEN_ROWS, ...PARKED_ROWS].map(([event]) => [rowKey(event), event])).values(),
];

/** What shows most: nothing decided; everything that can be lost. */
const BASES: readonly RunFields[] = [
  EMPTY_FIELDS,
  {
    ...EMPTY_FIELDS,
    prompt: 'first',
    attempt: 3,
    waiting: { interrupts: ['b', 'a'], parked: 'waiting', wakeAtMs: null },
  },
];

type Rule = (fields: RunFields, event: RunEvent) => Partial<RunFields>;
type Rules = Readonly<Record<FieldRule, Rule>>;

interface Cells {
  readonly events: readonly RunEvent[];
  readonly bases: readonly RunFields[];
  readonly statuses: readonly RunStatus[];
}

/** An event for a run with these fields in this status, and the fields that it has to have then. */
interface Cell {
  readonly event: RunEvent;
  readonly before: RunFields;
  readonly from: RunStatus;
  readonly expected: RunFields;
}

/** What the tables say of cells does not depend on the machine: it is worked out once for all machines. */
function cellsOf({ events, bases, statuses }: Cells): readonly Cell[] {
  return events.flatMap((event) =>
    bases.flatMap((before) =>
      statuses.map((from) => ({ event, before, from, expected: fieldsAfter(from, event, before) })),
    ),
  );
}

/** How these cells break the fold rules: in the chart, in a live actor, in the rules of the compiled fold. */
function* cellMismatches(
  machine: RunMachine,
  rules: Rules,
  cells: readonly Cell[],
): Generator<string> {
  const table = compileFold(machine);
  for (const { event, before, from, expected } of cells) {
    const state = chartIn(machine, from, before);
    const named = table.get(from)?.get(event.type)?.rules ?? [];
    const reached = {
      chart: transition(machine, state, event)[0].context,
      live: liveStep(machine, state, event).context,
      fold: Object.assign({}, before, ...named.map((rule) => rules[rule](before, event))),
    };
    for (const [by, fields] of Object.entries(reached)) {
      // Much faster than the texts, which it cannot replace: they leave out what JSON leaves out.
      if (isDeepStrictEqual(fields, expected)) continue;
      const [given, wanted] = [textOf(fields), canonicalJson(expected)];
      if (given === wanted) continue;
      yield `${by}: ${from} + ${rowKey(event)} gives ${given}, not ${wanted}`;
    }
  }
}

/** canonicalJson writes what JSON cannot hold as null; here that is a difference. */
function textOf(fields: RunFields): string {
  const wakeAtMs = fields.waiting?.wakeAtMs ?? null;
  if (wakeAtMs !== null && !Number.isFinite(wakeAtMs)) return `wakeAtMs ${wakeAtMs}`;
  return canonicalJson(fields);
}

const EVERY_EVENT = [...FULL_EVENTS, ...WAITING_EVENTS];
const EVERY_SHAPE = WAITING_SHAPES.map((waiting) => ({ ...EMPTY_FIELDS, waiting }));

// The cells that find out nearly everything first: whoever asks for one mismatch has it soon.
const MUTANT_CELLS: readonly Cell[] = [
  ...cellsOf({ events: FULL_EVENTS, bases: BASES, statuses: COLUMNS }),
  ...cellsOf({ events: WAITING_EVENTS, bases: EVERY_SHAPE, statuses: ['executing'] }),
];

/** Everything in which the fields of a machine, and of the fold compiled from it, break the fold rules. */
export function fieldMismatches(
  machine: RunMachine,
  rules: Rules = FIELD_RULES,
): Generator<string> {
  return cellMismatches(machine, rules, MUTANT_CELLS);
}

/** The same of the cells of some types of event alone. */
export function fieldMismatchesOf(
  types: readonly string[],
  machine: RunMachine,
  rules: Rules = FIELD_RULES,
): Generator<string> {
  const cells = MUTANT_CELLS.filter(({ event }) => types.includes(event.type));
  return cellMismatches(machine, rules, cells);
}

/** The same for every shape of `waiting` in every status: too many cells to try them on each mutant. */
export function waitingMismatches(machine: RunMachine): Generator<string> {
  const cells = cellsOf({ events: EVERY_EVENT, bases: EVERY_SHAPE, statuses: COLUMNS });
  return cellMismatches(machine, FIELD_RULES, cells);
}
