import type { Stores } from '../../stores/index.ts';
import { createCalls } from './calls.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { type Life, newLife } from './life.ts';
import { observe } from './observe.ts';
import type { Plan } from './plan.ts';
import { quiet } from './quiet.ts';
import { createRandom, type Random } from './random.ts';
import { storesOf } from './store-calls.ts';
import { virtualTime, type VirtualTime } from './virtual-time.ts';

/**
 * Makes the stores that all processes of a world share. What they do MUST be done within the turn of the
 * event loop in which it is asked for, and follow from what was asked before.
 */
export type OpenStores = () => Stores;

/** When a world begins, in epoch milliseconds. */
const START_MS = 1_800_000_000_000;

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
  bear(process: number, code: number): { readonly life: Life; readonly stores: Stores };
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
  const note = (line: string): void => void lines.push(`+${time.nowMs - START_MS} ${line}`);
  const complain = (what: string): void => {
    violations.push(what);
    note(`VIOLATION ${what}`);
  };
  const kill = (life: Life, why: string): void => {
    life.isAlive = false;
    life.isUp = false;
    for (const unwatch of life.unwatch) unwatch();
    void life.lease?.release();
    figures.kills += 1;
    note(`${life.name} dies: ${why}`);
  };
  const seen = { ledger, shared, lives, figures, complain };
  const calls = createCalls({
    time,
    random,
    figures,
    note,
    kill,
    observe: observe.bind(null, seen),
  });
  const step = async (untilMs = Infinity): Promise<boolean> => {
    await quiet();
    figures.steps += 1;
    if (await calls.advance()) return true;
    const slowMs = calls.nextMs();
    const alarmMs = time.nextMs() ?? Infinity;
    const nextMs = Math.min(slowMs, alarmMs);
    if (nextMs > untilMs || nextMs === Infinity) {
      if (untilMs !== Infinity) time.passTo(untilMs);
      return false;
    }
    if (alarmMs <= slowMs) time.fireNext();
    else time.passTo(slowMs);
    return true;
  };
  const bear: World['bear'] = (process, code) => {
    births[process] = (births[process] ?? 0) + 1;
    const name = `p${process + 1}.${births[process]}`;
    const life = newLife(name, process, code, (own) => time.clockOf(() => own().isAlive));
    lives[process] = life;
    return { life, stores: storesOf(shared, life, calls.arrive) };
  };
  const heal = (): void => lives.forEach(({ faults }) => faults.splice(0));

  void shared.open();
  const facts = { time, random, ledger, shared, lives, figures, lines, violations };
  return { ...facts, note, complain, kill, parking: calls.parking, bear, heal, step };
}
