import { checkReaders, createOutside, answerOne, launch } from './commands.ts';
import { memory } from '../../stores/memory/index.ts';
import { checkRuns } from './final-checks.ts';
import { nameOf } from './interpreter.ts';
import { deadlineOf, endOf, type SeenRun } from './ledger.ts';
import type { Life } from './life.ts';
import { openProcess, perform, signalTo, type Stage } from './perform.ts';
import type { Plan } from './plan.ts';
import { createWorld, type Figures, type OpenStores, type World } from './world.ts';

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
export async function play(plan: Plan, openStores: OpenStores = memory): Promise<History> {
  const world = createWorld(plan, openStores);
  const stage: Stage = { plan, world, outside: createOutside() };
  const isBad = (): boolean => world.violations.length > 0 || world.figures.steps > MAX_STEPS;
  for (let process = 0; process < plan.processes; process += 1)
    openProcess(stage, process, plan.codes[process]);
  await pass(stage, IDLE_MS, isBad);
  for (const action of plan.actions) {
    for (let i = 0; i < action.after && !isBad(); i += 1) {
      await step(stage, world.time.nowMs + IDLE_MS);
    }
    if (isBad()) break;
    world.note(`# ${JSON.stringify(action)}`);
    if (action.do === 'wait') await pass(stage, action.ms, isBad);
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

async function pass(stage: Stage, ms: number, isBad: () => boolean): Promise<void> {
  const untilMs = stage.world.time.nowMs + ms;
  while (!isBad() && (await step(stage, untilMs)));
}

/** A step of the world, in which who is about to be parked may be answered just then. */
function step(stage: Stage, untilMs: number): Promise<boolean> {
  const { world } = stage;
  for (const runId of world.parking()) {
    const run = world.ledger.find(runId);
    const up = world.lives.filter(({ isUp }) => isUp);
    if (run !== undefined && up.length > 0) answer(stage, world.random.pick(up), run);
  }
  return world.step(untilMs);
}

/** All is well from now on: what is asked is answered, and nobody claims a run without going on with it. */
async function end(stage: Stage, isBad: () => boolean): Promise<void> {
  const { world } = stage;
  world.note('# all is well from now on');
  world.heal();
  reopenAll(stage);
  await pass(stage, SETTLING_MS, isBad);
  for (const life of world.lives) {
    const held = activeRuns(world).filter(
      ({ record, runId }) => record.owner === life.ownerId && life.driven.has(runId),
    );
    if (held.length > 0 && life.isAlive) world.kill(life, 'it holds runs and does nothing');
  }
  for (let round = 0; round < MAX_ROUNDS && !isBad(); round += 1) {
    reopenAll(stage);
    await pass(stage, ROUND_MS, isBad);
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
function help(stage: Stage, run: SeenRun): void {
  const { world } = stage;
  const life = world.lives.find(({ isUp }) => isUp);
  const runtime = life?.runtime;
  if (life === undefined || runtime === undefined) return;
  const { runId, definition, record } = run;
  // It has to be over by itself.
  if (world.time.nowMs > deadlineOf(run)) return;
  // A signal would wake a run that slept through its answer as well.
  const receives =
    definition?.startsWith('machine ') === true ||
    stage.plan.programs.some(
      (program, i) => nameOf(i) === definition && program.some(({ op }) => op === 'receive'),
    );
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
  } else if (
    (waiting?.interrupts.length ?? 0) > 0 ||
    (waiting?.parked === 'waiting' && waiting.wakeAtMs === null && receives)
  ) {
    answer(stage, life, run);
  }
}

/** Answers what a run asks, or sends it something if it asks nothing. */
function answer({ world, outside }: Stage, life: Life, { runId }: SeenRun): void {
  const { runtime } = life;
  if (runtime === undefined) return;
  launch(world, life, `answer ${runId}`, async () => {
    const run = await runtime.get(runId);
    const isAsking = (await run.interrupts.list()).length > 0;
    if (isAsking) return answerOne(world, outside, run);
    return `event ${(await run.send(signalTo(world, runId, 'at last'))).seq}`;
  });
}
