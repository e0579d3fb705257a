import {
  attemptOf,
  deadlineOf,
  endOf,
  type Ledger,
  remembered,
  type Seen,
  type SeenRun,
} from './ledger.ts';
import type { Life } from './life.ts';
import type { Witness, Working } from './witness.ts';
import type { World } from './world.ts';

const CODE = /^code \d+$/u;
/** What code may hear the end of. */
const ENDS: ReadonlySet<string> = new Set([
  'step.completed',
  'step.failed',
  'interrupt.resolved',
  'output.appended',
]);
const CHILD_STEP = /^child /u;

/** The steps whose names say which code they are of: only that code may go on with the run. */
export function codesOf(log: readonly Seen[]): ReadonlySet<string> {
  const names = log
    .filter(({ type, late }) => type === 'step.started' && !late)
    .map(({ event }) => String(event['name']));
  return new Set(names.filter((name) => CODE.test(name)));
}

/** Looks at the code of runs in one life of a process. */
export function witnessOf(world: World, life: Life): Witness {
  const { ledger, complain } = world;
  /** By attempt, where in the log the last result is that its code has got. */
  const heard = new Map<string, { at: number; children: number }>();
  const heardBy = ({ runId, attempt }: Working) => {
    const key = `${runId} ${attempt}`;
    const known = heard.get(key) ?? { at: -1, children: 0 };
    heard.set(key, known);
    return known;
  };
  const logOf = (runId: string): readonly Seen[] => {
    const run = ledger.find(runId);
    return run === undefined ? [] : remembered(ledger, run);
  };
  return {
    clock: life.clock,
    code: life.code,
    begins: ({ runId, attempt, signal }, plan) => {
      const run = ledger.find(runId);
      if (run !== undefined) run.code = life.code;
      const isPlanned = plan === undefined || logOf(runId).some(isPlan);
      if (!isPlanned) complain(`[I5] ${runId} has a plan, which is not stored`);
      const living = { runId, attempt, signal };
      life.attempts.add(living);
      return () => void life.attempts.delete(living);
    },
    works: (working, stepId) => {
      const { runId, attempt, signal } = working;
      const run = ledger.find(runId);
      if (run === undefined) return complain(`${runId} works and is not stored`);
      // Who was taken over, or is over, and has not heard of it yet does no harm.
      if (signal.aborted || attempt !== attemptOf(run) || endOf(run) !== undefined) return;
      checkWork(world, life, run, stepId);
    },
    hears: (working, result) => {
      const { runId, attempt } = working;
      const at = logOf(runId).findIndex(
        ({ type, event }) => type === 'step.completed' && event['result'] === result,
      );
      const last = heardBy(working);
      const what = `${runId} attempt ${attempt} hears "${result}"`;
      if (at === -1) complain(`[I5] ${what}, which is not stored`);
      else if (at < last.at) complain(`${what} after what came later in the log`);
      last.at = at;
    },
    mayDawdle: ({ runId }, place) => mayDawdle(ledger, runId, place, logOf(runId)),
    hearsChild: (working) => {
      const { runId, attempt } = working;
      const last = heardBy(working);
      last.children += 1;
      const ended = logOf(runId).filter(
        ({ type, event }) =>
          (type === 'step.completed' || type === 'step.failed') &&
          CHILD_STEP.test(String(event['name'])),
      );
      if (ended.length < last.children) {
        complain(`[I5] ${runId} attempt ${attempt} hears of a child, which is not stored`);
      }
    },
  };
}

/** Whether the log can tell what was heard before that place was asked for, the first time that it was. */
function mayDawdle({ asked }: Ledger, runId: string, place: string, log: readonly Seen[]): boolean {
  const key = `${runId} ${place}`;
  const from = asked.get(key);
  if (from === undefined) {
    asked.set(key, log.length);
    return false;
  }
  const to = log.findIndex(
    ({ type, event }) =>
      type === 'step.started' && String(event['name']).startsWith(`${place} after `),
  );
  return to !== -1 && !log.slice(from, to).some(({ type }) => ENDS.has(type));
}

const isPlan = ({ type }: Seen): boolean => type === 'planning.completed';

/** What MUST hold when the work of a step begins. */
function checkWork(
  { ledger, complain, time }: World,
  life: Life,
  run: SeenRun,
  stepId: string,
): void {
  const what = `${run.runId} attempt ${attemptOf(run)} does "${stepId}"`;
  const log = remembered(ledger, run);
  const ofStep = log.filter(({ event }) => event['stepId'] === stepId);
  if (ofStep.some(({ type }) => type === 'step.completed')) {
    complain(`${what} again, which is completed`);
  }
  if (time.nowMs > deadlineOf(run)) complain(`${what} after its deadline`);
  const isNew = ofStep.filter(({ type }) => type === 'step.started').length === 1;
  const others = [...codesOf(log)].filter((name) => name !== `code ${life.code}`);
  if (isNew && others.length > 0) {
    complain(`${what}, which is new, and the log has "${others[0]}", which its code has not`);
  }
}
