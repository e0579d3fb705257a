import type { Deed, Plan } from './plan.ts';
import { play, type History } from './play.ts';
import type { OpenStores } from './world.ts';
import type { Program } from './program.ts';

const MAX_TRIES = 400;

export interface ShrinkOptions {
  /** How many plans are tried at most. Default 400. */
  readonly maxTries?: number;
  /** The stores that the history was played over. Default: in memory. */
  readonly openStores?: OpenStores;
}

/**
 * A shorter history that fails as well: actions, pieces of programs and processes are left out, and
 * waits, as long as something is still not as it has to be. The same history always gives the same one.
 */
export async function shrink(
  history: History,
  { maxTries = MAX_TRIES, openStores }: ShrinkOptions = {},
): Promise<History> {
  let best = history;
  let tries = 0;
  for (let isBetter = true; isBetter && tries < maxTries;) {
    isBetter = false;
    for (const plan of smaller(best.plan)) {
      if (tries >= maxTries) break;
      tries += 1;
      const other = await play(plan, openStores);
      if (other.violations.length === 0) continue;
      best = other;
      isBetter = true;
      break;
    }
  }
  return best;
}

/** Plans with less in them, those with much less first. */
function* smaller(plan: Plan): Generator<Plan> {
  const { actions, programs } = plan;
  for (let size = Math.ceil(actions.length / 2); size >= 1; size = size === 1 ? 0 : size >> 1) {
    for (let from = 0; from < actions.length; from += size) {
      yield { ...plan, actions: actions.toSpliced(from, size) };
    }
  }
  for (const [i, program] of programs.entries()) {
    for (const less of lessOf(program)) yield { ...plan, programs: programs.with(i, less) };
  }
  if (plan.verdicts.some((verdict) => verdict !== null)) {
    yield { ...plan, verdicts: plan.verdicts.map(() => null) };
  }
  if (programs.length > 1 && !uses(programs.flat(), programs.length - 1)) {
    yield { ...plan, programs: programs.slice(0, -1) };
  }
  if (plan.processes > 1) yield { ...plan, processes: plan.processes - 1 };
  for (const [i, action] of actions.entries()) {
    const at = (deed: Deed & { readonly after: number }): Plan => ({
      ...plan,
      actions: actions.with(i, deed),
    });
    if (action.after > 0) yield at({ ...action, after: action.after >> 1 });
  }
}

function* lessOf(program: Program): Generator<Program> {
  for (const [i, op] of program.entries()) {
    yield program.toSpliced(i, 1);
    if (op.op !== 'all' && op.op !== 'race') continue;
    for (const [n, branch] of op.branches.entries()) {
      if (op.branches.length > 1) {
        yield program.with(i, { ...op, branches: op.branches.toSpliced(n, 1) });
      }
      for (const less of lessOf(branch)) {
        yield program.with(i, { ...op, branches: op.branches.with(n, less) });
      }
    }
  }
}

function uses(ops: Program, program: number): boolean {
  return ops.some((op) => {
    if (op.op === 'child') return op.program === program;
    return (op.op === 'all' || op.op === 'race') && uses(op.branches.flat(), program);
  });
}
