import type { RunEvent, WaitingState } from '../../../machines/index.ts';
import { isInstant } from './json-words.ts';

const NOTHING: WaitingState = { interrupts: [], parked: null, wakeAtMs: null };

/** What a run waits for that nobody drives from its creation on. */
export const UNOWNED: WaitingState = { interrupts: [], parked: 'released', wakeAtMs: 0 };

/** What an active run waits for after an event, by the table of `waiting` in the contract. */
export function waitingAfter(event: RunEvent, before: WaitingState | null): WaitingState | null {
  const after = changed(event, before ?? NOTHING);
  return after.interrupts.length === 0 && after.parked === null ? null : after;
}

function changed(event: RunEvent, was: WaitingState): WaitingState {
  const { interruptId: id, reason, wakeAtMs } = event;
  switch (event.type) {
    case 'interrupt.requested':
      if (typeof id !== 'string' || was.interrupts.includes(id)) return was;
      return { ...was, interrupts: [...was.interrupts, id] };
    case 'interrupt.resolved':
      return { ...woken(was), interrupts: was.interrupts.filter((open) => open !== id) };
    case 'signal.received':
      return woken(was);
    case 'attempt.ended':
      return reason === 'waiting'
        ? { ...was, parked: 'waiting', wakeAtMs: isInstant(wakeAtMs) ? wakeAtMs : null }
        : { ...was, parked: 'released', wakeAtMs: isInstant(wakeAtMs) ? wakeAtMs : 0 };
    case 'attempt.started':
      return { ...was, parked: null, wakeAtMs: null };
    case 'run.completed':
    case 'run.failed':
    case 'run.cancelled':
      return NOTHING;
    default:
      return was;
  }
}

function woken(was: WaitingState): WaitingState {
  return was.parked === null ? was : { ...was, wakeAtMs: 0 };
}
