import { FIELD_RULES } from '../../src/machines/run-fields.ts';

type Tree = Readonly<Record<string, unknown>>;

const isTree = (value: unknown): value is Tree =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** Things that could move a run without a recorded event, or make it depend on more than the event. */
const FORBIDDEN = new Set(['after', 'always', 'invoke', 'guard', 'entry', 'exit', 'onDone']);

/** Everything in which a chart's config breaks the rules that `runMachine` lives under. */
export function* ruleBreaches(config: Tree): Generator<string> {
  if (config['on'] !== undefined) yield 'the root has "on"';
  yield* breachesBelow('run', config);
}

function* breachesBelow(path: string, node: Tree): Generator<string> {
  if (node['type'] === 'final' && node['on'] !== undefined) yield `${path} is final and has "on"`;
  for (const [key, value] of Object.entries(node)) {
    if (FORBIDDEN.has(key)) yield `${path} has "${key}"`;
    if (key === '*') yield `${path} has a wildcard`;
    if (key === 'actions') yield* unnamed(path, value);
    if (typeof value === 'function' && path !== 'run') yield `${path}.${key} is a function`;
    if (isTree(value)) yield* breachesBelow(`${path}.${key}`, value);
  }
}

function* unnamed(path: string, actions: unknown): Generator<string> {
  for (const action of [actions].flat()) {
    if (typeof action !== 'string' || !Object.hasOwn(FIELD_RULES, action)) {
      yield `${path} has an action that is not the name of a field rule`;
    }
  }
}
