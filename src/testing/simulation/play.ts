import { checkReaders, createOutside, answerOne, launch } from './commands.ts';
import { checkRuns } from './final-checks.ts';
import { endOf, type SeenRun } from './ledger.ts';
import { openProcess, perform, type Stage } from './perform.ts';
import type { Plan } from './plan.ts';
import { createWorld, type Figures, type World } from './world.ts';

/** What came of a plan. */
export interface History {
  readonly plan: Plan;
  /** What the world did, line by line: the same for the same plan, byte for byte. */
  readonly lines: readonly string[];
  /** What is not as it has to be; empty when all is well. */
  readonly violations: readonly string[];
  readonly figures: Figures;
}

/** How much time may pass between two actions of a plan when nobody has anything to do, in milliseconds. */
const IDLE_MS = 25;
/** How long everybody is left alone before the world helps, and between two looks, in milliseconds. */
const SETTLING_MS = 60_000;
const ROUND_MS = 15_000;
const MAX_ROUNDS = 80;
/** More steps than any plan needs: something goes round in circles. */
const MAX_STEPS = 60_000;

/**
 * Plays a plan: its actions, then a world without faults in which everything comes to its end, and
 * looks whether it did. Never rejects for what the runtime does.
 */
export async function play(plan: Plan): Promise<History> {
  const world = createWorld(plan);
  const stage: Stage = { plan, world, outside: createOutside() };
  const isBad = (): boolean => world.violations.length > 0 || world.figures.steps > MAX_STEPS;
  for (let process = 0; process < plan.processes; process += 1) openProcess(stage, process);
  await pass(world, IDLE_MS, isBad);
  for (const action of plan.actions) {
    for (let i = 0; i < action.after && !isBad(); i += 1) {
      await world.step(world.time.nowMs + IDLE_MS);
    }
    if (isBad()) break;
    world.note(`# ${JSON.stringify(action)}`);
    if (action.do === 'wait') await pass(world, action.ms, isBad);
    else perform(stage, action);
  }
  if (!isBad()) await end(stage, isBad);
  if (world.figures.steps > MAX_STEPS) world.complain('the world goes round in circles');
  if (!isBad()) {
    await checkRuns(stage);
    checkReaders(world, stage.outside);
  }
  const { lines, violations, figures } = world;
  const history = { plan, lines: [...lines], violations: [...violations], figures: { ...figures } };
  for (const life of world.lives) life.isAlive = false;
  return history;
}

async function pass(world: World, ms: number, isBad: () => boolean): Promise<void> {
  const untilMs = world.time.nowMs + ms;
  while (!isBad() && (await world.step(untilMs)));
}

/** All is well from now on: what is asked is answered, and nobody claims a run without going on with it. */
async function end(stage: Stage, isBad: () => boolean): Promise<void> {
  const { world } = stage;
  world.note('# all is well from now on');
  world.heal();
  reopenAll(stage);
  await pass(world, SETTLING_MS, isBad);
  for (const life of world.lives) {
    const held = activeRuns(world).filter(
      ({ record, runId }) => record.owner === life.ownerId && life.driven.has(runId),
    );
    if (held.length > 0 && life.isAlive) world.kill(life, 'it holds runs and does nothing');
  }
  for (let round = 0; round < MAX_ROUNDS && !isBad(); round += 1) {
    reopenAll(stage);
    await pass(world, ROUND_MS, isBad);
    const active = activeRuns(world);
    if (active.length === 0) return;
    for (const run of active) help(stage, run);
  }
}

function reopenAll(stage: Stage): void {
  for (const { isAlive, process } of stage.world.lives) if (!isAlive) openProcess(stage, process);
}

function activeRuns({ ledger }: World): readonly SeenRun[] {
  return ledger.runs.filter((run) => !run.isPruned && endOf(run) === undefined);
}

/** Gives a run what it waits for: an end, an answer or a signal. */
function help({ world, outside }: Stage, { runId, definition, record }: SeenRun): void {
  const life = world.lives.find(({ isUp }) => isUp);
  const runtime = life?.runtime;
  if (life === undefined || runtime === undefined) return;
  const { waiting } = JSON.parse(record.snapshot) as {
    readonly waiting: null | {
      readonly interrupts: readonly string[];
      readonly parked: string | null;
      readonly wakeAtMs: number | null;
    };
  };
  if (definition === null) {
    launch(world, life, `end ${runId}`, async () => {
      const { outcome } = await (await runtime.get(runId)).cancel({ reason: 'mark of the end' });
      return outcome;
    });
  } else if ((waiting?.interrupts.length ?? 0) > 0) {
    launch(world, life, `answer ${runId}`, async () =>
      answerOne(world, outside, await runtime.get(runId)),
    );
  } else if (waiting?.parked === 'waiting' && waiting.wakeAtMs === null) {
    launch(world, life, `send to ${runId}`, async () => {
      const { seq } = await (await runtime.get(runId)).send('at last');
      return `event ${seq}`;
    });
  }
}
