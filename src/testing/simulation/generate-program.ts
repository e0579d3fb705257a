import type { Op, Program } from './program.ts';
import { type Random, weighted } from './random.ts';

const NAMES = ['a', 'b', 'c'] as const;
/** How long a step may take, in milliseconds: mostly nothing, and never so long that branches count as silent. */
const WORK_MS = [0, 0, 0, 1, 20, 120] as const;
/** Sleeps in memory, and sleeps in which the run is parked, in milliseconds. */
const SLEEPS_MS = [200, 2_500, 15_000, 40_000] as const;

/** A random program; its children are programs of higher numbers, so that none starts itself. */
export function generateProgram(random: Random, number: number, programs: number): Program {
  const length = 1 + random.below(number === 0 ? 8 : 5);
  return Array.from({ length }, () => generateOp(random, number, programs));
}

function generateOp(random: Random, number: number, programs: number): Op {
  const more = number + 1 < programs;
  return weighted<() => Op>(random, [
    [10, () => leaf(random)],
    [2, () => ({ op: 'update', value: random.below(10) })],
    [2, () => ({ op: 'checkpoint' })],
    [1, () => ({ op: 'receive' })],
    [1.5, () => waiting(random)],
    [more ? 1 : 0, () => child(random, number, programs)],
    [2, () => sideBySide(random, number, programs)],
  ])();
}

/** Branches keep out of what their order would be seen by: state, checkpoints and signals. */
function sideBySide(random: Random, number: number, programs: number): Op {
  const more = number + 1 < programs;
  const branch = (): Program =>
    Array.from({ length: 1 + random.below(3) }, () =>
      weighted<() => Op>(random, [
        [8, () => leaf(random)],
        [1, () => waiting(random)],
        [more ? 0.5 : 0, () => child(random, number, programs)],
      ])(),
    );
  return { op: 'all', branches: Array.from({ length: 2 + random.below(2) }, branch) };
}

function leaf(random: Random): Op {
  const name = random.pick(NAMES);
  return weighted<() => Op>(random, [
    [5, () => ({ op: 'step', name, ms: random.pick(WORK_MS) })],
    [1, () => ({ op: 'failing', name })],
    [1, () => ({ op: 'flaky', name, fails: 1 + random.below(2) })],
    [0.5, () => ({ op: 'late', name })],
    [1, () => ({ op: 'nested', name, inside: some(random) })],
    [2, () => ({ op: 'output', name })],
  ])();
}

function some(random: Random): readonly string[] {
  return Array.from({ length: 1 + random.below(2) }, () => random.pick(NAMES));
}

function waiting(random: Random): Op {
  return random.chance(0.5) ? { op: 'ask' } : { op: 'sleep', ms: random.pick(SLEEPS_MS) };
}

function child(random: Random, number: number, programs: number): Op {
  return { op: 'child', program: number + 1 + random.below(programs - number - 1) };
}
