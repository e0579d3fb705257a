import { type AnyStateMachine, createMachine, fromPromise, setup } from 'xstate';
import type { ChartLayout } from '../../src/diagram/chart-layout.ts';
import type { SvgNode } from '../../src/diagram/svg-node.ts';

/** A machine with one of everything that a chart can show. */
export const checkout: AnyStateMachine = setup({
  actors: { askCard: fromPromise(async () => 'card'), charge: fromPromise(async () => 'receipt') },
  actions: { addItem: () => {}, sendMail: () => {} },
  guards: { hasItems: () => true, canRetry: () => false, inStock: () => true },
  delays: { patience: 60_000 },
}).createMachine({
  id: 'checkout',
  initial: 'browsing',
  on: { ABANDON: '.gone' },
  states: {
    browsing: {
      on: {
        ADD: { actions: 'addItem' },
        CHECKOUT: [{ guard: 'hasItems', target: 'paying' }, { target: 'empty' }],
      },
    },
    empty: { after: { 90_000: 'browsing' } },
    paying: {
      type: 'parallel',
      on: { BACK: 'browsing' },
      onDone: 'shipped',
      states: {
        card: {
          initial: 'asking',
          states: {
            asking: {
              invoke: { src: 'askCard', onDone: 'charging', onError: 'asking' },
              on: { CANCEL: '#checkout.browsing' },
            },
            charging: {
              invoke: {
                id: 'theCharge',
                src: 'charge',
                onDone: 'paid',
                onError: [{ guard: 'canRetry', target: 'asking' }, { target: '#checkout.failed' }],
              },
            },
            paid: { type: 'final' },
            before: { type: 'history', target: 'asking' },
          },
        },
        stock: {
          initial: 'asking',
          states: {
            asking: {
              always: { guard: 'inStock', target: 'reserved' },
              after: { patience: 'waiting' },
            },
            waiting: { on: { '*': 'asking', 'stock.*': 'reserved' } },
            reserved: { type: 'final' },
          },
        },
      },
    },
    shipped: { entry: 'sendMail', on: { RETURN: 'paying.card.before' } },
    failed: { type: 'final' },
    gone: { type: 'final' },
  },
});

/** Names that no program would choose, and people do. */
export const odd: AnyStateMachine = createMachine({
  id: 'odd "names" & <things>',
  initial: 'a b',
  states: {
    'a b': { on: { 'GO "now"; : --> x': '#dotted' } },
    'v1.2': { id: 'dotted', on: { 日本語: '日本' } },
    日本: { on: { '<b>&amp;</b> %% {}': 'say "hi"; #1: {x}' } },
    'say "hi"; #1: {x}': { on: { NEXT: 'end' } },
    // A word of mermaid's, in any case.
    end: { on: { [`a ${'very '.repeat(30)}long name`]: 'State' } },
    State: { type: 'final' },
  },
});

/** Machines of many shapes, from a seed. */
export function randomMachine(seed: number): AnyStateMachine {
  let last = seed;
  const below = (n: number): number => {
    last = (Math.imul(last, 1_103_515_245) + 12_345) >>> 0;
    return (last >>> 8) % n;
  };
  const ids: string[] = [];
  const make = (depth: number): Record<string, unknown> => {
    const id = `s${ids.length}`;
    ids.push(id);
    const count = depth === 0 ? 2 + below(4) : depth < 3 ? below(4) - 1 : 0;
    const children = Array.from({ length: Math.max(0, count) }, () => make(depth + 1));
    const states = Object.fromEntries(children.map((child) => [child['id'], child]));
    if (children.length === 0) return { id };
    const isParallel = depth > 0 && below(4) === 0;
    return {
      id,
      states,
      ...(isParallel ? { type: 'parallel' } : { initial: children[0]?.['id'] }),
    };
  };
  const wire = (state: Record<string, unknown>): void => {
    const targets = Array.from({ length: below(4) }, () => ids[1 + below(ids.length - 1)]);
    state['on'] = Object.fromEntries(targets.map((id) => [`EVENT_${below(9)}`, `#${id}`]));
    for (const child of Object.values(state['states'] ?? {})) wire(child as typeof state);
  };
  const root = make(0);
  wire(root);
  return createMachine(root as never);
}

/** All nodes of a drawing. */
export function nodesOf(node: SvgNode): readonly SvgNode[] {
  return [
    node,
    ...node.children.flatMap((child) => (typeof child === 'string' ? [] : nodesOf(child))),
  ];
}

/** What is wrong with a layout: boxes outside of others or upon each other, arrows that end elsewhere. */
export function flawsOf({ width, height, states, edges }: ChartLayout): readonly string[] {
  const flaws: string[] = [];
  const byId = new Map(states.map((state) => [state.id, state]));
  const whole = { x: 0, y: 0, width, height, header: 0 };
  for (const state of states) {
    const around = state.parent === null ? whole : (byId.get(state.parent) ?? whole);
    const isInside =
      state.x >= around.x &&
      state.y >= around.y + around.header &&
      state.x + state.width <= around.x + around.width &&
      state.y + state.height <= around.y + around.height;
    if (!isInside) flaws.push(`${state.id} is not inside of ${state.parent}`);
    for (const other of states) {
      if (other.id <= state.id || other.parent !== state.parent) continue;
      const isApart =
        state.x + state.width <= other.x ||
        other.x + other.width <= state.x ||
        state.y + state.height <= other.y ||
        other.y + other.height <= state.y;
      if (!isApart) flaws.push(`${state.id} lies upon ${other.id}`);
    }
  }
  for (const { id, from, to, points } of edges) {
    for (const [name, point] of [
      [from, points[0]],
      [to, points.at(-1)],
    ] as const) {
      const box = byId.get(name);
      if (box === undefined || point === undefined) flaws.push(`${id} has no end`);
      else if (!isAtBorder(box, point)) flaws.push(`${id} does not end at ${name}`);
    }
  }
  return flaws;
}

function isAtBorder(
  box: { x: number; y: number; width: number; height: number; header: number },
  { x, y }: { x: number; y: number },
): boolean {
  const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1;
  const isBeside = near(x, box.x) || near(x, box.x + box.width);
  const isAbove = [box.y, box.y + box.height, box.y + box.header].some((edge) => near(y, edge));
  const isWithin =
    x >= box.x - 1 && x <= box.x + box.width + 1 && y >= box.y - 1 && y <= box.y + box.height + 1;
  return isWithin && (isBeside || isAbove);
}
