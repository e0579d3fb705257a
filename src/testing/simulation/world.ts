import type { Commit, Stores } from '../../stores/index.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { type Life, newLife } from './life.ts';
import { lineOf } from './line-of.ts';
import { observe } from './observe.ts';
import type { Plan } from './plan.ts';
import { quiet } from './quiet.ts';
import { createRandom, type Random } from './random.ts';
import { type Answer, SimulatedFault, type StoreCall, storesOf } from './store-calls.ts';
import { virtualTime, type VirtualTime } from './virtual-time.ts';

/**
 * Makes the stores that all processes of a world share. What they do MUST be done within the turn of the
 * event loop in which it is asked for, and follow from what was asked before.
 */
export type OpenStores = () => Stores;

/** When a world begins, in epoch milliseconds. */
const START_MS = 1_800_000_000_000;
/** Share of the answers that come later than what they answer was done. */
const LATE_ANSWERS = 0.25;
/** How long a slow call takes, in milliseconds, at most. */
const SLOW_MS = 400;

/** Share of the parkings that take their time, while somebody answers. */
const MEETINGS = 0.25;

/** What a world has counted. */
export interface Figures {
  events: number;
  kills: number;
  faults: number;
  takeOvers: number;
  steps: number;
}

/** Time, stores and processes, in which nothing happens but what the world lets happen. */
export interface World {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly ledger: Ledger;
  /** The stores themselves, for looking at them: no fault befalls who calls these. */
  readonly shared: Stores;
  /** The newest life of each process. */
  readonly lives: readonly Life[];
  readonly figures: Figures;
  /** What happened, line by line. */
  readonly lines: readonly string[];
  readonly violations: readonly string[];
  /** Runs that are about to be parked, and that it would be unlucky to answer just now; each is told once. */
  parking(): readonly string[];
  note(line: string): void;
  /** Something is not as it has to be. */
  complain(what: string): void;
  /** A new life of a process; the one before MUST be over. */
  bear(process: number): { readonly life: Life; readonly stores: Stores };
  /** A process dies: what it waits for never comes, and its lease is gone. */
  kill(life: Life, why: string): void;
  /** From now on no call fails any more. */
  heal(): void;
  /** Lets everybody get on, then answers one call, or lets time pass to the next alarm. False: nothing is left. */
  step(untilMs?: number): Promise<boolean>;
}

/** A world that follows from the seed of the plan and what is done to it. */
export function createWorld({ seed, processes }: Plan, openStores: OpenStores): World {
  const time = virtualTime(START_MS);
  const random = createRandom(seed);
  const shared = openStores();
  const ledger = createLedger();
  const lines: string[] = [];
  const violations: string[] = [];
  const figures: Figures = { events: 0, kills: 0, faults: 0, takeOvers: 0, steps: 0 };
  const lives: Life[] = [];
  const births = Array.from({ length: processes }, () => 0);
  const parking: string[] = [];
  let calls: StoreCall[] = [];

  const note = (line: string): void => {
    lines.push(`+${time.nowMs - START_MS} ${line}`);
  };
  const complain = (what: string): void => {
    violations.push(what);
    note(`VIOLATION ${what}`);
  };
  const kill = (life: Life, why: string): void => {
    life.isAlive = false;
    life.isUp = false;
    calls = calls.filter((call) => call.life !== life);
    for (const unwatch of life.unwatch) unwatch();
    void life.lease?.release();
    figures.kills += 1;
    note(`${life.name} dies: ${why}`);
  };
  const tell = (call: StoreCall, answer: Answer): void => {
    calls = calls.filter((other) => other !== call);
    if (!answer.ok) note(`${call.life.name} ${call.method} answers ${String(answer.error)}`);
    call.tell(answer);
  };
  const advance = async (call: StoreCall): Promise<void> => {
    const { life, mode } = call;
    if (call.answer !== undefined) return tell(call, call.answer);
    if (mode === 'die-before') return kill(life, `before ${call.method}`);
    if (mode === 'refuse') {
      return tell(call, { ok: false, error: new SimulatedFault(`${call.method} failed`) });
    }
    const answer = await settle(call.proceed());
    // Whoever died in the same turn has done it all the same.
    note(`${life.name} ${lineOf(call, answer)}`);
    observe({ ledger, shared, lives, figures, complain }, call, answer);
    if (mode === 'die-after') return kill(life, `after ${call.method}`);
    call.answer =
      mode === 'lose'
        ? { ok: false, error: new SimulatedFault(`the answer of ${call.method} was lost`) }
        : answer;
    if (mode === 'slow') call.readyMs = time.nowMs + random.below(SLOW_MS);
    else if (!random.chance(LATE_ANSWERS)) tell(call, call.answer);
  };

  void shared.open();
  return {
    time,
    random,
    ledger,
    shared,
    lives,
    figures,
    lines,
    violations,
    parking: () => parking.splice(0),
    note,
    complain,
    kill,
    bear: (process) => {
      births[process] = (births[process] ?? 0) + 1;
      const name = `p${process + 1}.${births[process]}`;
      const life = newLife(name, process, (own) => time.clockOf(() => own().isAlive));
      lives[process] = life;
      const arrive = (call: StoreCall): void => {
        calls.push(call);
        const parked = parkedBy(call);
        if (parked !== undefined && random.chance(MEETINGS)) {
          parking.push(parked);
          call.readyMs = time.nowMs + random.below(SLOW_MS);
        }
        if (call.mode === undefined) return;
        figures.faults += 1;
        note(`${name} ${call.method} will ${call.mode}`);
        if (call.mode === 'slow') call.readyMs = time.nowMs + random.below(SLOW_MS);
      };
      return { life, stores: storesOf(shared, life, arrive) };
    },
    heal: () => {
      for (const life of lives) life.faults.length = 0;
    },
    step: async (untilMs = Infinity) => {
      await quiet();
      figures.steps += 1;
      const ready = calls.filter(({ readyMs }) => readyMs <= time.nowMs);
      if (ready.length > 0) {
        await advance(random.pick(ready));
        return true;
      }
      const slowMs = Math.min(...calls.map(({ readyMs }) => readyMs));
      const alarmMs = time.nextMs() ?? Infinity;
      const nextMs = Math.min(slowMs, alarmMs);
      if (nextMs > untilMs || nextMs === Infinity) {
        if (untilMs !== Infinity) time.passTo(untilMs);
        return false;
      }
      if (alarmMs <= slowMs) time.fireNext();
      else time.passTo(slowMs);
      return true;
    },
  };
}

/** The run that a call parks. */
function parkedBy({ method, args }: StoreCall): string | undefined {
  if (method !== 'events.append') return undefined;
  const parks = (args[0] as readonly Commit[]).find(({ events }) =>
    events.some(
      ({ type, payload }) => type === 'attempt.ended' && payload.includes('"reason":"waiting"'),
    ),
  );
  return parks?.run.runId;
}

async function settle(work: Promise<unknown>): Promise<Answer> {
  try {
    return { ok: true, value: await work };
  } catch (error) {
    return { ok: false, error };
  }
}
