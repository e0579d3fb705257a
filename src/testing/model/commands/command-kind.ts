import fc from 'fast-check';
import type { ModelRun } from '../contract/model-run.ts';
import { runAgrees } from './agreement.ts';
import type { ModelWorld } from './model-world.ts';
import type { RealRuntimes } from './real-runtimes.ts';

/** One thing that can be asked of a runtime, as data. */
export interface CommandKind<Spec> {
  readonly name: string;
  /** How often it comes, beside the others. */
  readonly weight: number;
  readonly spec: fc.Arbitrary<Spec>;
  /** False: the command is left out, as the model has nothing to say about it now. */
  readonly isReady?: (spec: Spec, world: ModelWorld) => boolean;
  /** Does it to model and runtime, and compares their answers; answers the run that it was about. */
  readonly run: (
    spec: Spec,
    world: ModelWorld,
    real: RealRuntimes,
  ) => Promise<ModelRun | undefined>;
}

export type RuntimeCommand = fc.AsyncCommand<ModelWorld, RealRuntimes>;

/** A kind, its specs turned into commands. */
export type CommandSource = Pick<CommandKind<never>, 'name' | 'weight'> & {
  readonly commands: fc.Arbitrary<RuntimeCommand>;
};

export function commandsOf<Spec>(kind: CommandKind<Spec>): CommandSource {
  const { name, weight, spec, isReady = () => true, run } = kind;
  const commands = spec.map((given): RuntimeCommand => ({
    check: (world) => isReady(given, world as ModelWorld),
    run: async (world, real) => {
      world.counts(name);
      const about = await run(given, world, real);
      if (about !== undefined) await runAgrees(about, world, real);
    },
    toString: () => `${name}(${fc.stringify(given)})`,
  }));
  return { name, weight, commands };
}

/** Which run a command is about: a number, so that it fits whatever runs there are after shrinking. */
const runNumber: fc.Arbitrary<number> = fc.nat({ max: 11 });
export const via: fc.Arbitrary<0 | 1> = fc.constantFrom(0 as const, 1 as const);
export const aboutRun = { run: runNumber, via } as const;

/** Sometimes a value, mostly none. */
export function rarely<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: value },
  );
}

export const key: fc.Arbitrary<string | undefined> = rarely(fc.constantFrom('k1', 'k2', 'k3'));

export const hasRuns = (_: unknown, world: ModelWorld): boolean => world.hasRuns;
