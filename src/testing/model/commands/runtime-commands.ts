import fc from 'fast-check';
import { worldAgrees } from './agreement.ts';
import type { RuntimeCommand } from './command-kind.ts';
import { CREATING } from './creating.ts';
import { ModelWorld } from './model-world.ts';
import { READING } from './reading.ts';
import { type CommandsOptions, RealRuntimes } from './real-runtimes.ts';
import { RECORDING } from './recording.ts';

const SOURCES = [...CREATING, ...RECORDING, ...READING];

/** The kinds of commands, as `only` takes them and `toString` shows them. */
export const COMMAND_KINDS: readonly string[] = SOURCES.map(({ name }) => name);

export interface RuntimeCommandsOptions {
  /** At most this many commands, 60 by default; half of that are usual. */
  readonly maxCommands?: number;
  /** Only these kinds; all by default. Without `open` and `start` there are no runs to do anything to. */
  readonly only?: readonly string[];
}

/** Commands to give to `runCommands`. */
export type RuntimeCommands = Iterable<RuntimeCommand>;

/**
 * Random commands over the public API of two runtimes that share one store. What they shrink to are
 * such commands again. Throws a TypeError for a kind that there is not.
 *
 * Whoever brings stores of their own tests them like this:
 *
 * ```ts
 * await fc.assert(
 *   fc.asyncProperty(runtimeCommands(), async (commands) => {
 *     const place = await emptyPlace();
 *     await runCommands(commands, { stores: () => myStores(place) });
 *   }),
 * );
 * ```
 */
export function runtimeCommands({
  maxCommands = 60,
  only = COMMAND_KINDS,
}: RuntimeCommandsOptions = {}): fc.Arbitrary<RuntimeCommands> {
  const unknown = only.find((name) => !COMMAND_KINDS.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(
      `Expected kinds of commands (${COMMAND_KINDS.join(', ')}), got "${unknown}"`,
    );
  }
  const chosen = SOURCES.filter(({ name }) => only.includes(name));
  const any = fc.oneof(...chosen.map(({ weight, commands }) => ({ weight, arbitrary: commands })));
  return fc.commands([any], { maxCommands, size: 'max' });
}

/** What was done, for those who want to know whether their commands reach what they should. */
export interface CommandsReport {
  /** How many commands of each kind were run; those that the model left out do not count. */
  readonly byKind: ReadonlyMap<string, number>;
  readonly runs: number;
  readonly events: number;
}

/**
 * Does the commands to the model and to two runtimes over the stores, and compares them after each:
 * answer, snapshot and owner, through both runtimes; in the end every log, everybody who follows,
 * and the invariants that a stored run shows. Closes what it opened, also when it rejects, which it
 * does with an error that shows where runtime and model differ.
 */
export async function runCommands(
  commands: RuntimeCommands,
  options: CommandsOptions,
): Promise<CommandsReport> {
  const model = new ModelWorld();
  const real = await RealRuntimes.open(options, model.owners);
  try {
    await fc.asyncModelRun(() => ({ model, real }), commands);
    await worldAgrees(model, real);
  } finally {
    await real.close();
  }
  const events = model.store.runs.reduce((sum, { seq }) => sum + seq, 0);
  return { byKind: model.done, runs: model.store.runs.length, events };
}
