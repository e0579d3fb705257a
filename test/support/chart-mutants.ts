import { assign, createMachine } from 'xstate';
import type { RunEvent } from '../../src/machines/run-events.ts';
import { FIELD_RULES, type FieldRule, type RunFields } from '../../src/machines/run-fields.ts';
import { runMachine, type RunMachine } from '../../src/machines/run-machine.ts';
import { isTerminal, type RunStatus, TERMINAL_STATUSES } from '../../src/machines/run-status.ts';
import { ruleBreaches } from './chart-rules.ts';
import { fieldMismatches, fieldMismatchesOf } from './field-table.ts';
import { COLUMNS, statusAfter, TABLE_TYPES } from '../../src/testing/model/index.ts';
import { mismatches, mismatchesOf } from './chart-mismatches.ts';

interface Transition {
  target?: string;
  actions?: string | string[];
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
  /** The field rules that are not what they should be. */
  readonly rules?: Partial<Record<FieldRule, Rule>>;
}

type Rule = (fields: RunFields, event: RunEvent) => Partial<RunFields>;

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
export function killerOf(suspect: Mutant): Verdict | undefined {
  const { config, rules = {} } = suspect;
  let machine: RunMachine;
  try {
    const damaged = Object.entries(rules).map(([name, rule]) => [
      name,
      assign(({ context, event }: { context: RunFields; event: RunEvent }) => rule(context, event)),
    ]);
    const implementations = {
      ...runMachine.implementations,
      actions: { ...runMachine.implementations.actions, ...Object.fromEntries(damaged) },
      guards: { never: () => false },
    };
    machine = createMachine(config as object, implementations as object) as unknown as RunMachine;
  } catch (error) {
    return { by: 'createMachine', reason: (error as Error).message };
  }
  const spoilt = { ...FIELD_RULES, ...rules };
  // The cells of the events that the mutant is about find out nearly all of them: they come first.
  const types = typesOf(suspect);
  const checks: readonly (readonly [Verdict['by'], () => Generator<string>])[] = [
    ['status table', () => mismatchesOf(types, machine)],
    ['field rules', () => fieldMismatchesOf(types, machine, spoilt)],
    ['chart rules', () => ruleBreaches(config)],
    ['status table', () => mismatches(machine)],
    ['field rules', () => fieldMismatches(machine, spoilt)],
  ];
  for (const [by, check] of checks) {
    const { value: reason } = check().next();
    if (typeof reason === 'string') return { by, reason };
  }
  return undefined;
}

/** The types of event that a mutant is about: the one in its name, or those that call a spoilt rule. */
function typesOf({ name, config, rules = {} }: Mutant): readonly string[] {
  const words = name.split(' ');
  const on = onAt(config, OWNERS.active.at);
  return TABLE_TYPES.filter(
    (type) =>
      words.includes(type) || actionsOf(on[type] ?? {}).some((rule) => Object.hasOwn(rules, rule)),
  );
}

/** Every mutant of the run chart with a single thing changed. */
export function chartMutants(): Mutant[] {
  return [
    ...damagedTransitions(),
    ...addedTransitions(),
    ...waysOutOfTerminals(),
    ...damagedStates(),
    ...forbiddenParts(),
    ...damagedRules(),
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
          : [
              replace(`without ${actionsOf(transition).join()}`, (old) => without(old, 'actions')),
              ...ACTIONS.filter((more) => more !== transition.actions).map((more) =>
                replace(`with ${more} too`, (old) => ({ ...old, actions: actionsOf(old, more) })),
              ),
            ]),
        ...ACTIONS.filter((actions) => actions !== transition.actions).map((actions) =>
          replace(`with ${actions}`, (old) => ({ ...old, actions })),
        ),
      ];
    }),
  );
}

function actionsOf({ actions = [] }: Transition, ...more: string[]): string[] {
  return [actions, more].flat();
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

type Waiting = RunFields['waiting'];

/** Spoils what a rule made of `waiting`; `before` is what it was. */
type Spoil = (now: Waiting, before: Waiting, event: RunEvent) => Waiting;

const EMPTY = { interrupts: [], parked: null, wakeAtMs: null };
const keep: Spoil = (_, before) => before;
const forget: Spoil = () => null;
const leaveEmpty: Spoil = (now) => now ?? EMPTY;
const make =
  (part: Partial<NonNullable<Waiting>>): Spoil =>
  (now) =>
    now && { ...now, ...part };
const keepInstant: Spoil = (now, before) => now && { ...now, wakeAtMs: before?.wakeAtMs ?? null };

/** The rules for what a run waits for, each wrong in one thing. */
const SPOILS: Partial<Record<FieldRule, Readonly<Record<string, Spoil>>>> = {
  setResult: { 'keeps what the run waits for': keep },
  setError: { 'keeps what the run waits for': keep },
  setCancelReason: { 'keeps what the run waits for': keep },
  setVerification: { 'forgets what the run waits for': forget },
  keepFirstPrompt: { 'forgets what the run waits for': forget },
  beginAttempt: {
    'leaves the run parked': keep,
    'leaves the instant': keepInstant,
    'forgets open interrupts': forget,
    'leaves an empty shape where null belongs': leaveEmpty,
  },
  park: {
    'does nothing to a run that is parked': (now, before) => (before?.parked ? before : now),
    'forgets open interrupts': make({ interrupts: [] }),
    'takes every end for a wait': make({ parked: 'waiting' }),
    'takes every end for a release': make({ parked: 'released' }),
    'forgets the instant': make({ wakeAtMs: null }),
    'wakes at once': make({ wakeAtMs: 0 }),
    'wakes at once what waits for an instant': (now) =>
      now?.wakeAtMs ? { ...now, wakeAtMs: 0 } : now,
    'wakes at once what waits for an event': (now) =>
      now && { ...now, wakeAtMs: now.wakeAtMs ?? 0 },
    'keeps an earlier instant': (now, before) =>
      now && { ...now, wakeAtMs: before?.wakeAtMs ?? now.wakeAtMs },
    'takes any number for an instant': (now, _, { wakeAtMs }) =>
      now && typeof wakeAtMs === 'number' ? { ...now, wakeAtMs } : now,
  },
  openInterrupt: {
    'does nothing while the run is parked': (now, before) => (before?.parked ? before : now),
    'opens one twice': (now, before, { interruptId: id }) =>
      now && typeof id === 'string'
        ? { ...now, interrupts: [...(before?.interrupts ?? []), id] }
        : now,
    'takes anything for an id': (now, _, { interruptId: id }) =>
      typeof id === 'string' ? now : { ...EMPTY, ...now, interrupts: [String(id)] },
    'forgets those before': (now) => now && { ...now, interrupts: now.interrupts.slice(-1) },
    'sorts them': (now) => now && { ...now, interrupts: now.interrupts.toSorted() },
    'puts the newest first': (now, before) =>
      now && now.interrupts.length > (before?.interrupts.length ?? 0)
        ? { ...now, interrupts: [...now.interrupts.slice(-1), ...now.interrupts.slice(0, -1)] }
        : now,
    'wakes a parked run': (now) => (now?.parked ? { ...now, wakeAtMs: 0 } : now),
    'parks the run': (now) => now && { ...now, parked: now.parked ?? 'waiting' },
  },
  settleInterrupt: {
    'does not wake': keepInstant,
    'wakes only when it was the last one': (now, before, event) =>
      now && now.interrupts.length > 0 ? keepInstant(now, before, event) : now,
    'wakes only when it was open': (now, before, event) =>
      now?.interrupts.length === before?.interrupts.length ? keepInstant(now, before, event) : now,
    'wakes a run that is driven': make({ wakeAtMs: 0 }),
    'settles all': (now) => (now?.parked ? { ...now, interrupts: [] } : null),
    'settles the first one': (now, before) =>
      now && { ...now, interrupts: before?.interrupts.slice(1) ?? [] },
    'drives the run': (now) =>
      now && now.interrupts.length > 0 ? { ...now, parked: null, wakeAtMs: null } : null,
    'leaves an empty shape where null belongs': leaveEmpty,
  },
  wake: {
    'does nothing': keep,
    'drives the run': make({ parked: null, wakeAtMs: null }),
    'forgets the instant': make({ wakeAtMs: null }),
    'forgets open interrupts': make({ interrupts: [] }),
    'wakes a run that is driven': make({ wakeAtMs: 0 }),
    'wakes no released run': (now, before) => (now?.parked === 'released' ? before : now),
    'wakes only a run without an instant': (now, before) =>
      before?.wakeAtMs === null ? now : before,
    'leaves an empty shape where null belongs': leaveEmpty,
  },
};

function damagedRules(): Mutant[] {
  return Object.entries(SPOILS).flatMap(([name, spoils]) =>
    Object.entries(spoils).map(([what, spoil]) => {
      const real = FIELD_RULES[name as FieldRule];
      const rule: Rule = (fields, event) => {
        const made = real(fields, event);
        const { waiting } = { ...fields, ...made };
        return { ...made, waiting: spoil(waiting, fields.waiting, event) };
      };
      return { ...mutant(`${name}: ${what}`, () => {}), rules: { [name]: rule } };
    }),
  );
}
