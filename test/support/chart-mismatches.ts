import { createActor, initialTransition, transition } from 'xstate';
import { compileFold, type FoldTable, stateValueOf, statusOf } from '../../src/machines/fold.ts';
import type { RunEvent } from '../../src/machines/run-events.ts';
import { EMPTY_FIELDS, type RunFields } from '../../src/machines/run-fields.ts';
import type { RunMachine } from '../../src/machines/run-machine.ts';
import type { RunStatus } from '../../src/machines/run-status.ts';
import { EFFECTIVE_TYPES, STATUS_TABLE, type TableCell } from '../../src/testing/model/index.ts';

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
  const table = yield* compiled(machine);
  if (table === undefined) return;
  const start = statusOf(initialTransition(machine)[0].value);
  if (start !== 'created') yield `chart: a run begins as ${start}, not created`;
  for (const cell of STATUS_TABLE) yield* cellMismatches(machine, table, cell);
  for (const row of table.values()) {
    for (const type of row.keys()) {
      if (!EFFECTIVE_TYPES.has(type)) yield `fold: reacts to "${type}", which changes nothing`;
    }
  }
}

/** The same of the cells of some types of event alone. */
export function* mismatchesOf(types: readonly string[], machine: RunMachine): Generator<string> {
  const table = yield* compiled(machine);
  if (table === undefined) return;
  for (const cell of STATUS_TABLE) {
    if (types.includes(cell.type)) yield* cellMismatches(machine, table, cell);
  }
}

function* compiled(machine: RunMachine): Generator<string, FoldTable | undefined> {
  try {
    return compileFold(machine);
  } catch (error) {
    yield `compile: ${(error as Error).message}`;
    return undefined;
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
