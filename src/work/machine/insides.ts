import type { CheckpointPort } from '../checkpoints.ts';
import type { Desk } from '../desk.ts';

/** What the runtime's own code works with in an attempt, beside what a definition's code sees. */
export interface Insides {
  readonly desk: Desk;
  readonly checkpoints: CheckpointPort;
}

/** Where a context has them: a symbol survives that phases hand out copies of it. */
const INSIDES = Symbol('insides');

/** The same context, with its insides for `insidesOf`. */
export function withInsides<Context extends object>(context: Context, insides: Insides): Context {
  return { ...context, [INSIDES]: insides };
}

export function insidesOf(context: object): Insides {
  const { [INSIDES]: insides } = context as { readonly [INSIDES]?: Insides };
  if (insides === undefined) throw new TypeError('Expected a context of hostRun, got another one');
  return insides;
}
