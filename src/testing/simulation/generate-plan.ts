import { generateMachine, generateProgram, generateVerdict } from './generate-program.ts';
import type { Action, Deed, FaultMode, Plan } from './plan.ts';
import { createRandom, type Random, weighted } from './random.ts';

const MAX_PROCESSES = 3;
const MAX_PROGRAMS = 3;
const DEADLINES_MS = [500, 8_000, 30_000] as const;
const MIN_ACTIONS = 6;
const MAX_ACTIONS = 34;
const ANSWERS = ['once', 'once', 'twice', 'late'] as const;
const KEYS = ['k1', 'k2', 'k3'] as const;
const WAITS_MS = [30, 60, 300, 2_000, 6_000, 20_000] as const;

/** The plan of a seed. */
export function generatePlan(seed: number): Plan {
  const random = createRandom(seed);
  const processes = 1 + random.below(MAX_PROCESSES);
  const count = 1 + random.below(MAX_PROGRAMS);
  const programs = Array.from({ length: count }, (_, i) => generateProgram(random, i, count));
  const verdicts = programs.map(() => generateVerdict(random));
  const machines = Array.from({ length: random.below(2) }, () => generateMachine(random));
  const isMixed = random.chance(0.25);
  const codes = Array.from({ length: processes }, () => (isMixed ? random.below(2) : 0));
  const length = MIN_ACTIONS + random.below(MAX_ACTIONS - MIN_ACTIONS);
  // Some histories are calm, and some are nothing but trouble.
  const trouble = random.pick([0, 0.5, 1, 1, 2]);
  const first: Action = { do: 'start', after: 0, process: 0, program: 0 };
  const rest = Array.from({ length }, () => ({
    ...generateAction(random, processes, count + machines.length, trouble),
    after: random.chance(0.3) ? 0 : random.below(25),
  }));
  return { seed, processes, codes, programs, verdicts, machines, actions: [first, ...rest] };
}

function generateAction(
  random: Random,
  processes: number,
  programs: number,
  trouble: number,
): Deed {
  const process = random.below(processes);
  const run = random.below(8);
  const key = (share: number) => (random.chance(share) ? { key: random.pick(KEYS) } : {});
  const session = () => (random.chance(0.25) ? { session: 's' } : {});
  return weighted<() => Deed>(random, [
    [3, () => start()],
    [0.6, () => ({ do: 'open', process, ...key(0.5) })],
    [1, () => ({ do: 'record', process, run, ...key(0.6) })],
    [2, () => ({ do: 'send', process, run, ...key(0.4) })],
    [1, () => ({ do: 'cancel', process, run })],
    [0.7, ended],
    [3, () => ({ do: 'resolve', process, run, how: random.pick(ANSWERS) })],
    [1.2, () => ({ do: 'fork', process, run })],
    [0.8, () => ({ do: 'claim', process, run })],
    [1.5, () => ({ do: 'watch', process, run })],
    [0.4, () => ({ do: 'prune', process })],
    [1 * trouble, () => ({ do: 'close', process })],
    [2 * trouble, () => ({ do: 'kill', process })],
    [2.5, () => ({ do: 'reopen', process, ...(random.chance(0.3) && { code: random.below(2) }) })],
    [4 * trouble, () => fault()],
    [4, () => ({ do: 'wait', ms: random.pick(WAITS_MS) })],
  ])();

  function ended(): Deed {
    const drives = random.chance(0.7);
    return random.chance(0.5)
      ? { do: 'complete', process, run, drives }
      : { do: 'fail', process, run, drives };
  }

  function start(): Deed {
    const program = random.below(programs);
    const deadline = random.chance(0.15) ? { deadlineMs: random.pick(DEADLINES_MS) } : {};
    return { do: 'start', process, program, ...key(0.4), ...session(), ...deadline };
  }

  function fault(): Deed {
    const mode = weighted<FaultMode>(random, [
      [2, 'refuse'],
      [2, 'lose'],
      [2, 'slow'],
      [1.5, 'die-before'],
      [1.5, 'die-after'],
    ]);
    const calls = weighted<'writes' | 'reads' | 'any'>(random, [
      [3, 'writes'],
      [1, 'reads'],
      [1, 'any'],
    ]);
    const times = random.chance(0.8) ? 1 : 1 + random.below(6);
    return { do: 'fault', process, mode, calls, skip: random.below(8), times };
  }
}
