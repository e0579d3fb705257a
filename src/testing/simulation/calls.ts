import type { Commit } from '../../stores/index.ts';
import type { Life } from './life.ts';
import { lineOf } from './line-of.ts';
import type { Random } from './random.ts';
import { type Answer, SimulatedFault, type StoreCall } from './store-calls.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Share of the answers that come later than what they answer was done. */
const LATE_ANSWERS = 0.25;
/** How long a slow call takes, in milliseconds, at most. */
const SLOW_MS = 400;
/** Share of the parkings that take their time, while somebody answers. */
const MEETINGS = 0.25;

/** What calls are answered by. */
export interface CallsPort {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly figures: { faults: number };
  readonly note: (line: string) => void;
  readonly kill: (life: Life, why: string) => void;
  /** Looks at a call that was done, the moment it was. */
  readonly observe: (call: StoreCall, answer: Answer) => void;
}

/** The calls of all lives that have not been answered yet. */
export interface Calls {
  readonly arrive: (call: StoreCall) => void;
  /** Runs that were about to be parked since this was asked last, and that somebody may answer just now. */
  readonly parking: () => readonly string[];
  /** When the next slow call goes on; Infinity when there is none. */
  nextMs(): number;
  /** Does one of them, or answers it. False: none can get on now. */
  advance(): Promise<boolean>;
}

/** Calls get on one at a time, in an order that only chance says. */
export function createCalls(port: CallsPort): Calls {
  const { time, random, figures, note } = port;
  const parking: string[] = [];
  let calls: StoreCall[] = [];
  const living = (): readonly StoreCall[] => (calls = calls.filter(({ life }) => life.isAlive));
  return {
    parking: () => parking.splice(0),
    nextMs: () => Math.min(...living().map(({ readyMs }) => readyMs)),
    arrive: (call) => {
      calls.push(call);
      const parked = parkedBy(call);
      if (parked !== undefined && random.chance(MEETINGS)) {
        parking.push(parked);
        call.readyMs = time.nowMs + random.below(SLOW_MS);
      }
      if (call.mode === undefined) return;
      figures.faults += 1;
      note(`${call.life.name} ${call.method} will ${call.mode}`);
      if (call.mode === 'slow') call.readyMs = time.nowMs + random.below(SLOW_MS);
    },
    advance: async () => {
      const ready = living().filter(({ readyMs }) => readyMs <= time.nowMs);
      if (ready.length === 0) return false;
      const call = random.pick(ready);
      const answer = await advance(port, call);
      if (answer === undefined) return true;
      calls = calls.filter((other) => other !== call);
      if (!answer.ok) note(`${call.life.name} ${call.method} answers ${String(answer.error)}`);
      call.tell(answer);
      return true;
    },
  };
}

/** Takes a call one step further. Answers what it is told, if it is told anything yet. */
async function advance(port: CallsPort, call: StoreCall): Promise<Answer | undefined> {
  const { time, random, note, kill, observe } = port;
  const { life, mode, method } = call;
  if (call.answer !== undefined) return call.answer;
  if (mode === 'die-before') {
    kill(life, `before ${method}`);
    return undefined;
  }
  if (mode === 'refuse') return { ok: false, error: new SimulatedFault(`${method} failed`) };
  const answer = await settle(call.proceed());
  note(`${life.name} ${lineOf(call, answer)}`);
  observe(call, answer);
  if (mode === 'die-after') {
    kill(life, `after ${method}`);
    return undefined;
  }
  call.answer =
    mode === 'lose'
      ? { ok: false, error: new SimulatedFault(`the answer of ${method} was lost`) }
      : answer;
  if (mode === 'slow') call.readyMs = time.nowMs + random.below(SLOW_MS);
  else if (!random.chance(LATE_ANSWERS)) return call.answer;
  return undefined;
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
