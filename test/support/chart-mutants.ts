import { createMachine } from 'xstate';
import { FIELD_RULES } from '../../src/machines/run-fields.ts';
import { runMachine, type RunMachine } from '../../src/machines/run-machine.ts';
import { isTerminal, type RunStatus, TERMINAL_STATUSES } from '../../src/machines/run-status.ts';
import { ruleBreaches } from './chart-rules.ts';
import { fieldMismatches } from './field-table.ts';
import { COLUMNS, mismatches, statusAfter, TABLE_TYPES } from './status-table.ts';

interface Transition {
  target?: string;
  actions?: string;
  guard?: string;
}

/** A state of the config, loose enough to be damaged. */
interface Node {
  type?: string;
  tags?: string;
  initial?: string;
  on?: Record<string, Transition>;
  states?: Record<string, Node>;
  [key: string]: unknown;
}

/** The chart with one thing wrong with it. */
export interface Mutant {
  readonly name: string;
  readonly config: Node;
}

/** What found a mutant out: the check, and the first thing that it said. */
export interface Verdict {
  readonly by: 'createMachine' | 'status table' | 'field rules' | 'chart rules';
  readonly reason: string;
}

const ACTIONS = Object.keys(FIELD_RULES);
const ACTIVE = COLUMNS.filter((status) => !isTerminal(status));
const TERMINAL: readonly RunStatus[] = TERMINAL_STATUSES;

/** The states that own transitions, with the way to write a target from there. */
const OWNERS = {
  active: { at: ['active'], inside: (status: string) => `.${status}` },
  planning: { at: ['active', 'planning'], inside: (status: string) => status },
} as const;

const NO_MOVE = 'the table keeps the status in this cell and no field rule applies: nothing to see';

/** The mutants that no check can find out because they are the same chart, each with the reason. */
export const EQUIVALENT: ReadonlyMap<string, string> = new Map([
  ...['step', 'tool', 'turn'].flatMap((word): [string, string][] => [
    [
      `planning: ${word}.started leads to planning`,
      'entering planning again is staying in it: no state has entry or exit actions',
    ],
    [`executing: ${word}.started added, handled in place`, NO_MOVE],
  ]),
  ['planning: planning.started added, handled in place', NO_MOVE],
  ['verifying: verification.started added, handled in place', NO_MOVE],
  ...['created', 'executing', 'verifying'].map((from): [string, string] => [
    `${from}: planning.completed added, handled in place`,
    NO_MOVE,
  ]),
]);

/** Runs the checks on a mutant; undefined means that it survived all of them. */
export function killerOf({ config }: Mutant): Verdict | undefined {
  let machine: RunMachine;
  try {
    const implementations = { ...runMachine.implementations, guards: { never: () => false } };
    machine = createMachine(config as object, implementations as object) as unknown as RunMachine;
  } catch (error) {
    return { by: 'createMachine', reason: (error as Error).message };
  }
  const checks = [
    ['status table', mismatches],
    ['field rules', fieldMismatches],
    ['chart rules', () => ruleBreaches(config)],
  ] as const;
  for (const [by, check] of checks) {
    const { value: reason } = check(machine).next();
    if (typeof reason === 'string') return { by, reason };
  }
  return undefined;
}

/** Every mutant of the run chart with a single thing changed. */
export function chartMutants(): Mutant[] {
  return [
    ...damagedTransitions(),
    ...addedTransitions(),
    ...waysOutOfTerminals(),
    ...damagedStates(),
    ...forbiddenParts(),
  ];
}

function mutant(name: string, damage: (root: Node) => void): Mutant {
  const { context, ...rest } = runMachine.config;
  const config: Node = { ...structuredClone(rest as unknown as Node), context };
  damage(config);
  return { name, config };
}

function stateAt(root: Node, path: readonly string[]): Node {
  return path.reduce((node, key) => {
    const child = node.states?.[key];
    if (child === undefined) throw new TypeError(`Expected a state ${key}`);
    return child;
  }, root);
}

function onAt(root: Node, path: readonly string[]): Record<string, Transition> {
  const node = stateAt(root, path);
  return (node.on ??= {});
}

function damagedTransitions(): Mutant[] {
  return Object.entries(OWNERS).flatMap(([owner, { at, inside }]) =>
    Object.entries(onAt(mutant('', () => {}).config, at)).flatMap(([type, transition]) => {
      const name = `${owner}: ${type}`;
      const replace = (what: string, next: (old: Transition) => Transition): Mutant =>
        mutant(`${name} ${what}`, (root) => {
          const on = onAt(root, at);
          on[type] = next(on[type] ?? {});
        });
      const targets = COLUMNS.map((to) => (isTerminal(to) ? outside(owner, to) : inside(to)));
      return [
        mutant(`${name} removed`, (root) => delete onAt(root, at)[type]),
        replace('never taken', (old) => ({ ...old, guard: 'never' })),
        ...targets
          .filter((target) => target !== transition.target)
          .map((target) => replace(`leads to ${target}`, (old) => ({ ...old, target }))),
        ...(transition.target === undefined
          ? []
          : [replace('leads nowhere', (old) => without(old, 'target'))]),
        ...(transition.actions === undefined
          ? []
          : [replace(`without ${transition.actions}`, (old) => without(old, 'actions'))]),
        ...ACTIONS.filter((actions) => actions !== transition.actions).map((actions) =>
          replace(`with ${actions}`, (old) => ({ ...old, actions })),
        ),
      ];
    }),
  );
}

function without(transition: Transition, part: keyof Transition): Transition {
  const { [part]: _removed, ...rest } = transition;
  return rest;
}

function outside(owner: string, to: RunStatus): string {
  return owner === 'active' ? to : `#run.${to}`;
}

/** For each cell that a status does not own: once a wrong way out, once handled in place. */
function addedTransitions(): Mutant[] {
  const owned = (from: string, type: string): boolean =>
    from === 'planning' &&
    Object.hasOwn(onAt(mutant('', () => {}).config, OWNERS.planning.at), type);
  return ACTIVE.flatMap((from) =>
    TABLE_TYPES.filter((type) => !owned(from, type)).flatMap((type) => {
      const wrong = statusAfter(from, type) === 'completed' ? 'failed' : 'completed';
      const add = (what: string, transition: Transition): Mutant =>
        mutant(`${from}: ${type} ${what}`, (root) => {
          onAt(root, ['active', from])[type] = transition;
        });
      return [
        add(`added, leads to ${wrong}`, { target: `#run.${wrong}` }),
        add('added, handled in place', {}),
      ];
    }),
  );
}

function waysOutOfTerminals(): Mutant[] {
  return TERMINAL.flatMap((from) =>
    TABLE_TYPES.flatMap((type) =>
      ['active.executing', ...TERMINAL.filter((to) => to !== from)].map((target) =>
        mutant(`${from}: ${type} added, leads to ${target}`, (root) => {
          onAt(root, [from])[type] = { target };
        }),
      ),
    ).concat(
      ACTIONS.map((actions) =>
        mutant(`${from}: run.completed added, with ${actions}`, (root) => {
          onAt(root, [from])['run.completed'] = { actions };
        }),
      ),
    ),
  );
}

function damagedStates(): Mutant[] {
  return [
    ...TERMINAL.flatMap((status) => [
      mutant(`${status}: not final`, (root) => delete stateAt(root, [status]).type),
      mutant(`${status}: no tag`, (root) => delete stateAt(root, [status]).tags),
      mutant(`run: begins ${status}`, (root) => void (root.initial = status)),
    ]),
    mutant('active: no tag', (root) => delete stateAt(root, ['active']).tags),
    ...ACTIVE.filter((status) => status !== 'created').map((status) =>
      mutant(`active: begins ${status}`, (root) => {
        stateAt(root, ['active']).initial = status;
      }),
    ),
  ];
}

/** What the chart must be free of: a root `on`, wildcards, timers, eventless transitions, children. */
function forbiddenParts(): Mutant[] {
  const paths = [['active'], ...ACTIVE.map((status) => ['active', status])];
  return [
    ...TABLE_TYPES.map((type) =>
      mutant(`run: ${type} added at the root`, (root) => {
        root.on = { [type]: { target: '.cancelled' } };
      }),
    ),
    ...paths.flatMap((path) => [
      mutant(`${path.at(-1)}: wildcard added`, (root) => {
        onAt(root, path)['*'] = { target: '#run.failed' };
      }),
      mutant(`${path.at(-1)}: timer added`, (root) => {
        stateAt(root, path)['after'] = { 60_000: '#run.failed' };
      }),
      mutant(`${path.at(-1)}: eventless transition added`, (root) => {
        stateAt(root, path)['always'] = { target: '#run.failed', guard: 'never' };
      }),
      mutant(`${path.at(-1)}: child added`, (root) => {
        stateAt(root, path)['invoke'] = { src: 'worker' };
      }),
      mutant(`${path.at(-1)}: entry action added`, (root) => {
        stateAt(root, path)['entry'] = 'setResult';
      }),
    ]),
  ];
}
