import type { MachinePart, Op, Program, Verdict } from './program.ts';
import { type Random, weighted } from './random.ts';

const NAMES = ['a', 'b', 'c'] as const;
/** How long a step may take, in milliseconds: mostly nothing, and never so long that branches count as silent. */
const WORK_MS = [0, 0, 0, 1, 20, 120] as const;
/** Sleeps in memory, and sleeps in which the run is parked, in milliseconds. */
const SLEEPS_MS = [200, 2_500, 15_000, 40_000] as const;
/** How long a question may be answered, in milliseconds: in memory, and while the run is parked. */
const EXPIRIES_MS = [300, 5_000, 20_000] as const;

/** A random program; its children are programs of higher numbers, so that none starts itself. */
export function generateProgram(random: Random, number: number, programs: number): Program {
  const length = 1 + random.below(number === 0 ? 8 : 5);
  return Array.from({ length }, () => generateOp(random, number, programs));
}

/** Whether a program plans and verifies, and what its check says. */
export function generateVerdict(random: Random): Verdict | null {
  if (random.chance(0.75)) return null;
  return random.pick(['passed', 'passed', 'needless', 'failed'] as const);
}

/** What the states of a machine do, in order. */
export function generateMachine(random: Random): readonly MachinePart[] {
  return Array.from({ length: 1 + random.below(4) }, () =>
    weighted<() => MachinePart>(random, [
      [2, () => ({ part: 'work', ms: random.pick(WORK_MS) })],
      [1, () => ({ part: 'after', ms: random.pick(SLEEPS_MS) })],
      [1, () => ({ part: 'signal' })],
      [0.7, () => ({ part: 'ask' })],
    ])(),
  );
}

function generateOp(random: Random, number: number, programs: number): Op {
  const more = number + 1 < programs;
  return weighted<() => Op>(random, [
    [10, () => leaf(random)],
    [2, () => ({ op: 'update', value: random.below(10) })],
    [2, () => ({ op: 'checkpoint' })],
    [1, () => ({ op: 'receive' })],
    [1.5, () => waiting(random)],
    [more ? 1.5 : 0, () => child(random, number, programs)],
    [0.8, () => ({ op: 'code' })],
    [1.5, () => sideBySide(random, number, programs)],
    [1.5, () => race(random, number, programs)],
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

/**
 * Branches whose order is seen. One may be slower than it was, so that what the others remember has to wait
 * for it.
 */
function race(random: Random, number: number, programs: number): Op {
  const more = number + 1 < programs;
  const hasSlow = random.chance(0.6);
  const branch = (_: unknown, i: number): Program => {
    const ops = Array.from({ length: 1 + random.below(2) }, () =>
      weighted<() => Op>(random, [
        [6, () => ({ op: 'step', name: random.pick(NAMES), ms: random.pick(WORK_MS) })],
        [0.5, () => ({ op: 'failing', name: random.pick(NAMES) })],
        [0.5, () => waiting(random)],
        [0.5, () => ({ op: 'output', name: random.pick(NAMES) })],
        [more ? 0.5 : 0, () => child(random, number, programs)],
      ])(),
    );
    return hasSlow && i === 0 ? [{ op: 'slow' }, ...ops] : ops;
  };
  return { op: 'race', branches: Array.from({ length: 2 + random.below(2) }, branch) };
}

function leaf(random: Random): Op {
  const name = random.pick(NAMES);
  return weighted<() => Op>(random, [
    [5, () => ({ op: 'step', name, ms: random.pick(WORK_MS) })],
    [1, () => ({ op: 'failing', name })],
    [1, () => ({ op: 'flaky', name, fails: 1 + random.below(2) })],
    [0.5, () => ({ op: 'late', name })],
    [1, () => ({ op: 'nested', name, inside: some(random) })],
    [1.5, () => ({ op: 'output', name })],
    [0.7, () => ({ op: 'file', name })],
  ])();
}

function some(random: Random): readonly string[] {
  return Array.from({ length: 1 + random.below(2) }, () => random.pick(NAMES));
}

function waiting(random: Random): Op {
  if (random.chance(0.5)) return { op: 'sleep', ms: random.pick(SLEEPS_MS) };
  return random.chance(0.5) ? { op: 'ask' } : { op: 'ask', expiresInMs: random.pick(EXPIRIES_MS) };
}

function child(random: Random, number: number, programs: number): Op {
  return { op: 'child', program: number + 1 + random.below(programs - number - 1) };
}
