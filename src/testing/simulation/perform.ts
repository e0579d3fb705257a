import { createRuntime, type Json, type Run, type Runtime } from '../../index.ts';
import {
  answerOne,
  checkAborted,
  checkCreated,
  checkReceipt,
  checkRecorded,
  launch,
  type Outside,
  read,
} from './commands.ts';
import { definitionsOf, nameOf } from './interpreter.ts';
import type { SeenRun } from './ledger.ts';
import { machineName, SIGNAL } from './machine-run.ts';
import type { Life } from './life.ts';
import { witnessOf } from './look.ts';
import type { Action, Plan } from './plan.ts';
import type { World } from './world.ts';

/** How old a run that is over has to be for being pruned, in milliseconds. */
const PRUNED_AFTER_MS = 10_000;
/** Crashes after which a run is given up: more than there ever are. */
const MAX_ATTEMPTS = 100_000;
/** Outputs of more bytes are kept as files. */
const INLINE_BYTES = 200;

/** What is played, and where. */
export interface Stage {
  readonly plan: Plan;
  readonly world: World;
  readonly outside: Outside;
}

/** Begins a new life of a process; the one before MUST be over. */
export function openProcess({ plan, world }: Stage, process: number, code?: number): void {
  const { life, stores } = world.bear(process, code ?? world.lives[process]?.code ?? 0);
  const counts = new Map<string, number>();
  const id = (kind: string) => () => {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    return `${kind}_${life.name}_${counts.get(kind)}`;
  };
  world.note(`${life.name} opens`);
  createRuntime({
    stores,
    definitions: definitionsOf(plan, witnessOf(world, life)),
    clock: life.clock,
    ids: { run: id('run'), event: id('evt'), output: id('out'), owner: id('own') },
    maxAttempts: MAX_ATTEMPTS,
    limits: { inlineOutputBytes: INLINE_BYTES },
    onError: (error) => world.note(`${life.name} hears of ${String(error)}`),
  }).then(
    (runtime) => {
      if (!life.isAlive) return;
      life.runtime = runtime;
      life.isUp = true;
      world.note(`${life.name} is open`);
    },
    (error: unknown) => {
      world.note(`${life.name} does not open: ${String(error)}`);
      life.isAlive = false;
    },
  );
}

/** Does what the plan says, as far as that is possible; what it comes to is seen later. */
export function perform(stage: Stage, action: Exclude<Action, { do: 'wait' }>): void {
  const { world, plan } = stage;
  const process = action.process % plan.processes;
  const life = world.lives[process];
  if (action.do === 'reopen') {
    if (life?.isAlive !== true) openProcess(stage, process, action.code);
    return;
  }
  if (life?.isAlive !== true) return;
  if (action.do === 'kill') return world.kill(life, 'it is killed');
  if (action.do === 'fault') {
    const { mode, calls, skip, times } = action;
    const isDeath = mode === 'die-before' || mode === 'die-after';
    const left = isDeath ? 1 : times;
    life.faults.push({ fault: { mode, calls, skip, times }, skip, left });
    return;
  }
  const { runtime } = life;
  if (!life.isUp || runtime === undefined) return;
  if (action.do === 'start' || action.do === 'open') return create(stage, life, runtime, action);
  if (action.do === 'close') return close(world, life, runtime);
  if (action.do === 'prune') {
    return launch(world, life, 'prune', async () => {
      const { runs } = await runtime.prune({ olderThanMs: PRUNED_AFTER_MS });
      return runs.join(' ');
    });
  }
  const run = runOf(stage, action.run);
  if (run !== undefined) command(stage, life, runtime, action, run);
}

function runOf({ world }: Stage, number: number): SeenRun | undefined {
  const runs = world.ledger.runs.filter(({ isPruned }) => !isPruned);
  return runs[number % Math.max(1, runs.length)];
}

/** Lets go of everything; whatever does not end in time is left behind. */
function close({ note }: World, life: Life, runtime: Runtime): void {
  note(`${life.name} closes`);
  life.isUp = false;
  const gone = (how: string) => () => {
    if (!life.isAlive) return;
    life.isAlive = false;
    note(`${life.name} is closed${how}`);
  };
  runtime.close().then(gone(''), gone(' with an error'));
}

function create(
  { world, outside, plan }: Stage,
  life: Life,
  runtime: Runtime,
  action: Extract<Action, { do: 'start' | 'open' }>,
): void {
  const { key } = action;
  const given = key === undefined ? {} : { idempotencyKey: key };
  const what = `${action.do} ${key ?? ''}`;
  launch(world, life, what, async () => {
    let run: Run;
    if (action.do === 'open') run = await runtime.open(given);
    else {
      const { session, deadlineMs } = action;
      run = await runtime.start(startedBy(plan, action.program), {
        ...given,
        ...(session !== undefined && { sessionId: session }),
        ...(deadlineMs !== undefined && { deadlineAtMs: life.clock.now() + deadlineMs }),
      });
    }
    checkCreated(world, outside, run.id, key);
    if (action.do === 'open') life.driven.set(run.id, run);
    return run.id;
  });
}

/** Programs first, then machines. */
function startedBy({ programs, machines }: Plan, number: number): string {
  const place = number % (programs.length + machines.length);
  return place < programs.length ? nameOf(place) : machineName(place - programs.length);
}

type Command = Extract<Action, { readonly run: number }>;

function command(
  stage: Stage,
  life: Life,
  runtime: Runtime,
  action: Command,
  { runId }: SeenRun,
): void {
  const { world, outside } = stage;
  outside.commands += 1;
  const mark = `mark ${outside.commands}`;
  launch(world, life, `${action.do} ${runId} ${mark}`, async () => {
    switch (action.do) {
      case 'claim':
        return claim(life, runtime, runId);
      case 'fork': {
        const fork = await runtime.fork({ runId });
        checkCreated(world, outside, fork.id);
        return fork.id;
      }
      case 'watch':
        return read(world, outside, life, await runtime.get(runId));
      case 'resolve':
        return answerOne(world, outside, await runtime.get(runId), action.how);
      case 'complete':
      case 'fail':
      case 'cancel': {
        const drives = action.do !== 'cancel' && action.drives;
        const driver = drives ? life.driven.get(runId) : undefined;
        return end(world, life, driver ?? (await runtime.get(runId)), action.do, mark);
      }
      default:
        return tell(stage, await runtime.get(runId), action, mark);
    }
  });
}

async function claim(life: Life, runtime: Runtime, runId: string): Promise<string> {
  life.claiming.add(runId);
  try {
    const run = await runtime.claim(runId);
    if (run === undefined) return 'is over';
    life.driven.set(runId, run);
    return 'is ours';
  } finally {
    life.claiming.delete(runId);
  }
}

async function end(
  world: World,
  life: Life,
  run: Run,
  how: 'complete' | 'fail' | 'cancel',
  mark: string,
): Promise<string> {
  const ends = {
    complete: () => run.complete(mark),
    fail: () => run.fail({ name: 'Error', message: mark }),
    cancel: () => run.cancel({ reason: mark }),
  };
  const receipt = await ends[how]();
  checkReceipt(world, run.id, receipt, mark);
  if (receipt.outcome === 'cancelled') checkAborted(world, life, run.id);
  return receipt.outcome;
}

async function tell(
  { world, outside }: Stage,
  run: Run,
  { do: how, key }: Extract<Command, { readonly do: 'record' | 'send' }>,
  mark: string,
): Promise<string> {
  const given = key === undefined ? {} : { idempotencyKey: `${how} ${key}` };
  const envelope =
    how === 'send'
      ? await run.send(signalTo(world, run.id, mark), given)
      : await run.record({ type: 'log', message: mark }, given);
  checkRecorded(world, outside, envelope, given.idempotencyKey);
  return `event ${envelope.seq}`;
}

/** What a run is sent: a machine takes events. */
export function signalTo({ ledger }: World, runId: string, mark: string): Json {
  const isMachine = ledger.find(runId)?.definition?.startsWith('machine ') === true;
  return isMachine ? { type: SIGNAL, mark } : mark;
}
