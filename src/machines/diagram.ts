import type { AnyStateMachine } from 'xstate';
import { ALPHABET, cellOf } from './fold.ts';
import { mermaidOf } from './chart-mermaid.ts';
import { type Chart, chartOf } from './chart-of.ts';
import { machineCode } from './machine-code.ts';
import { runMachine } from './run-machine.ts';
import { isTerminal, RUN_STATUSES, type RunStatus } from './run-status.ts';

export type DiagramFormat = 'mermaid' | 'stately' | 'json';

export interface DiagramOptions {
  /** `mermaid` by default; `stately` is code for the Stately editor, `json` a table for other services. */
  readonly format?: DiagramFormat;
  /** The status to mark as the current one, in the mermaid format. */
  readonly status?: RunStatus;
}

/** One state of the chart; `parent` is null at the top level. */
export interface ChartState {
  readonly name: string;
  readonly parent: string | null;
  readonly type: 'atomic' | 'compound' | 'final';
  /** True for the state that its parent begins in. */
  readonly initial: boolean;
}

/** One transition as it stands in the chart; `to` is null where only actions run. */
export interface ChartTransition {
  readonly from: string;
  readonly event: string;
  readonly to: string | null;
  readonly actions: readonly string[];
}

/** The chart as plain data. */
export interface ChartTable {
  readonly id: string;
  readonly version: string;
  readonly states: readonly ChartState[];
  readonly transitions: readonly ChartTransition[];
  /** What each event does in each status; an event that is not listed leaves the status as it is. */
  readonly statuses: Readonly<
    Record<
      RunStatus,
      { readonly terminal: boolean; readonly on: Readonly<Record<string, RunStatus>> }
    >
  >;
}

/**
 * Draws the chart of a run from the chart itself.
 * The text is stable: the same version of the chart gives the same characters.
 */
export function diagram({ format = 'mermaid', status }: DiagramOptions = {}): string {
  if (format === 'json') return `${JSON.stringify(chartTable(), null, 2)}\n`;
  const { states } = chartOf(runMachine);
  const active = states.filter(({ name }) => name === status).map(({ id }) => id);
  return machineDiagram(runMachine, { format, active });
}

export interface MachineDiagramOptions {
  /** `mermaid` by default; `stately` is code for the Stately editor, `json` the machine as data. */
  readonly format?: DiagramFormat;
  /** The ids of the states to mark, in the mermaid format. */
  readonly active?: readonly string[];
}

/** Draws any machine of XState. The text is stable. */
export function machineDiagram(
  machine: AnyStateMachine,
  { format = 'mermaid', active = [] }: MachineDiagramOptions = {},
): string {
  switch (format) {
    case 'mermaid':
      return mermaidOf(chartOf(machine), active);
    case 'stately':
      return machineCode(machine).code;
    case 'json':
      return `${JSON.stringify(chartOf(machine), null, 2)}\n`;
    default:
      throw new TypeError(`Expected mermaid, stately or json as format, got ${String(format)}`);
  }
}

/** The chart and the status table that follows from it, as plain data. */
export function chartTable(): ChartTable {
  const { id = '', version = '' } = runMachine.config;
  const statuses = Object.fromEntries(
    RUN_STATUSES.map((status) => [status, { terminal: isTerminal(status), on: rowOf(status) }]),
  ) as ChartTable['statuses'];
  return { id, version, ...tableOf(chartOf(runMachine)), statuses };
}

function rowOf(status: RunStatus): Record<string, RunStatus> {
  const row: Record<string, RunStatus> = {};
  for (const type of ALPHABET) {
    const cell = cellOf(status, type);
    if (cell !== undefined) row[type] = cell.status;
  }
  return row;
}

function tableOf({ states, transitions }: Chart): Pick<ChartTable, 'states' | 'transitions'> {
  const names = new Map(states.map(({ id, name }) => [id, name]));
  if (new Set(names.values()).size < states.length) {
    throw new TypeError('Expected each state of the chart of runs to have a name of its own');
  }
  const nameOf = (id: string): string => names.get(id) ?? id;
  return {
    states: states.map(({ name, parent, type, initial }) => ({
      name,
      parent: parent === null ? null : nameOf(parent),
      type: type as ChartState['type'],
      initial,
    })),
    transitions: transitions.map(({ from, event, to, actions }) => ({
      from: nameOf(from),
      event,
      to: to === null ? null : nameOf(to),
      actions,
    })),
  };
}
