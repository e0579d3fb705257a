import { ALPHABET, cellOf } from './fold.ts';
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
  switch (format) {
    case 'mermaid':
      return mermaid(walk(runMachine.config), status);
    case 'stately':
      return stately(runMachine.config);
    case 'json':
      return `${JSON.stringify(chartTable(), null, 2)}\n`;
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
  return { id, version, ...walk(runMachine.config), statuses };
}

function rowOf(status: RunStatus): Record<string, RunStatus> {
  const row: Record<string, RunStatus> = {};
  for (const type of ALPHABET) {
    const cell = cellOf(status, type);
    if (cell !== undefined) row[type] = cell.status;
  }
  return row;
}

type Chart = Pick<ChartTable, 'states' | 'transitions'>;

/** The part of a machine config that a drawing needs. */
interface NodeConfig {
  readonly type?: string | undefined;
  readonly initial?: unknown;
  readonly on?: Readonly<Record<string, unknown>> | undefined;
  readonly states?: Readonly<Record<string, unknown>> | undefined;
}

function walk(root: NodeConfig): Chart {
  const states: ChartState[] = [];
  const transitions: ChartTransition[] = [];
  const visit = (parent: string | null, node: NodeConfig): void => {
    for (const [name, value] of Object.entries(node.states ?? {})) {
      const child = value as NodeConfig;
      if (states.some((state) => state.name === name)) {
        throw new TypeError(`Expected each state to have a name of its own, got ${name} twice`);
      }
      states.push({ name, parent, type: typeOf(child), initial: node.initial === name });
      for (const [event, target] of Object.entries(child.on ?? {})) {
        transitions.push(...transitionsOf(name, event, target));
      }
      visit(name, child);
    }
  };
  visit(null, root);
  return { states, transitions };
}

function typeOf({ type, states }: NodeConfig): ChartState['type'] {
  if (type === 'final') return 'final';
  return states === undefined ? 'atomic' : 'compound';
}

function transitionsOf(from: string, event: string, value: unknown): ChartTransition[] {
  if (Array.isArray(value)) return value.flatMap((each) => transitionsOf(from, event, each));
  const { target, actions } = (typeof value === 'string' ? { target: value } : value) as {
    target?: string;
    actions?: string | readonly string[];
  };
  // Names are unique, so the leading dot of a target inside the source says nothing that the name does not.
  const to = target?.replace(/^\./, '') ?? null;
  return [{ from, event, to, actions: actions === undefined ? [] : [actions].flat() }];
}

/** Code without functions, as the editor imports it. The context factory is the one thing left out. */
function stately({ context: _, ...config }: typeof runMachine.config): string {
  const literal = JSON.stringify(config, refuseFunctions, 2);
  return `import { createMachine } from 'xstate';\n\nexport const machine = createMachine(${literal});\n`;
}

function refuseFunctions(key: string, value: unknown): unknown {
  if (typeof value === 'function')
    throw new TypeError(`Expected "${key}" as a name, got a function`);
  return value;
}

function mermaid(chart: Chart, status: RunStatus | undefined): string {
  const mark = status && ['classDef current fill:#1f6feb,color:#fff', `class ${status} current`];
  const lines = [
    ...drawStates(chart, null),
    ...drawArrows(chart).map(([from, to, events]) => `${from} --> ${to} : ${events.join(', ')}`),
    ...chart.states.filter(({ type }) => type === 'final').map(({ name }) => `${name} --> [*]`),
    ...(mark ?? []),
  ];
  return `stateDiagram-v2\n${indent(lines).join('\n')}\n`;
}

function drawStates(chart: Chart, parent: string | null): string[] {
  return chart.states
    .filter((state) => state.parent === parent)
    .flatMap(({ name, type, initial }) => [
      ...(initial ? [`[*] --> ${name}`] : []),
      ...(type === 'compound'
        ? [`state "${titleOf(chart, name)}" as ${name} {`, ...indent(drawStates(chart, name)), '}']
        : [name]),
    ]);
}

/** A composite names in its title the events that it takes without moving: a loop on it would hide them. */
function titleOf({ transitions }: Chart, name: string): string {
  const inPlace = transitions.filter(({ from, to }) => from === name && to === null);
  const events = inPlace.map(({ event }) => event).join(', ');
  return events === '' ? name : `${name} (stays on ${events})`;
}

type Arrow = readonly [from: string, to: string, events: string[]];

/** One arrow for all the events that lead from one state to another. */
function drawArrows(chart: Chart): Arrow[] {
  const arrows = new Map<string, Arrow>();
  for (const transition of chart.transitions) {
    for (const { from, to, event } of drawable(chart, transition)) {
      const arrow = arrows.get(`${from} ${to}`) ?? [from, to, []];
      arrows.set(`${from} ${to}`, arrow);
      arrow[2].push(event);
    }
  }
  return [...arrows.values()];
}

/** Not all renderers draw an arrow from a composite into itself: it starts in each state that takes it. */
function drawable(chart: Chart, transition: ChartTransition): (ChartTransition & { to: string })[] {
  const { from, event } = transition;
  const children = chart.states.filter(({ parent }) => parent === from).map(({ name }) => name);
  if (children.length === 0) return [{ ...transition, to: transition.to ?? from }];
  if (transition.to === null) return [];
  const to = transition.to;
  if (!children.includes(to)) return [{ ...transition, to }];
  const handles = (name: string): boolean =>
    chart.transitions.some((own) => own.from === name && own.event === event);
  return children
    .filter((name) => name !== to && !handles(name))
    .map((name) => ({ ...transition, from: name, to }));
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `    ${line}`);
}
