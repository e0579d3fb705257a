import { inspect } from 'node:util';
import { type Json, jsonProblem } from '../../json.ts';
import { toError, toFailure } from '../../failure.ts';
import type { Outcome } from '../history.ts';
import type { Invoked } from './kept.ts';
import type { EventObject } from './xstate.ts';

/** Characters of an event that the log repeats; what it carried is found at its cause. */
const MAX_SHOWN = 2_000;
const MAX_LABEL = 200;

/** The event that a signal is; undefined for what no machine takes from outside. */
export function signalEvent(signal: Json): EventObject | undefined {
  if (signal === null || typeof signal !== 'object' || Array.isArray(signal)) return undefined;
  const { type } = signal as { readonly type?: Json };
  if (typeof type !== 'string' || type === '' || type === '*') return undefined;
  // XState's own events say that a timer is due, or that something has ended: nobody else may say so.
  const isOwn = type.startsWith('xstate.') && type !== 'xstate.route';
  return isOwn ? undefined : (signal as unknown as EventObject);
}

/** What the machine hears of an invocation that has ended. */
export function endEvent({ id }: Invoked, outcome: Outcome): EventObject {
  const event = outcome.ok
    ? { type: `xstate.done.actor.${id}`, output: structuredClone(outcome.value), actorId: id }
    : { type: `xstate.error.actor.${id}`, error: toError(outcome.error), actorId: id };
  return event;
}

/** An event as the log shows it. */
export function shown(event: Json | EventObject): Json {
  const { type, error } = event as { readonly type?: unknown; readonly error?: unknown };
  const full = error instanceof Error ? { ...(event as object), error: brief(error) } : event;
  if (isShort(full)) return full;
  return { type: typeof type === 'string' ? type.slice(0, MAX_LABEL) : null };
}

/** A value that `log` was given, as the log of the run can have it. */
export function logged(value: unknown): Json {
  return value === undefined || jsonProblem(value) !== undefined
    ? inspect(value, { depth: 4 })
    : (value as Json);
}

/** The state of a machine in a few words. */
export function labelOf(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= MAX_LABEL ? text : `${text.slice(0, MAX_LABEL)}…`;
}

function brief(error: Error): Json {
  const { name, message, code } = toFailure(error);
  return { name, message: message.slice(0, MAX_LABEL), ...(code !== undefined && { code }) };
}

function isShort(value: unknown): boolean {
  return jsonProblem(value) === undefined && JSON.stringify(value).length <= MAX_SHOWN;
}
