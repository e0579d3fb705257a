import type { Envelope } from '../../../machines/index.ts';
import { stateText, typeOf } from './machine-text.ts';

/** The longest summary of an event; the whole is one click away. */
const LONGEST = 160;

/** What an event says, in one line. */
export function eventText({ event }: Envelope): string {
  const { type: _, ...payload } = event;
  const text = SAYS[event.type]?.(payload) ?? plain(payload);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

type Payload = Readonly<Record<string, unknown>>;

const named = ({ name }: Payload): string => word(name);

const SAYS: Readonly<Record<string, (payload: Payload) => string>> = {
  'run.created': ({ prompt, definition }) => word(prompt) || word(definition),
  'run.completed': ({ result }) => brief(result),
  'run.failed': ({ error }) => failure(error),
  'run.cancelled': ({ reason }) => word(reason),
  'planning.completed': ({ plan }) => brief(plan),
  'attempt.started': ({ attempt, owner }) => `attempt ${word(attempt)} by ${word(owner)}`,
  'attempt.ended': ({ attempt, reason }) => `attempt ${word(attempt)} ${word(reason)}`,
  'step.started': named,
  'step.completed': ({ name, result }) => `${word(name)}: ${brief(result)}`,
  'step.failed': ({ name, error, retryAtMs }) =>
    `${word(name)}: ${failure(error)}${retryAtMs === undefined ? '' : ' (is tried again)'}`,
  'text.delta': ({ delta }) => word(delta),
  'output.appended': ({ kind, name, producer }) => `${word(kind)} ${word(name ?? producer)}`,
  'checkpoint.saved': ({ superStep, label }) => `super-step ${word(superStep)} ${word(label)}`,
  'interrupt.requested': ({ question }) => word(question),
  'interrupt.resolved': ({ outcome, value }) =>
    `${word(outcome)} ${value === undefined ? '' : brief(value)}`,
  'child.started': ({ definition, childRunId }) => `${word(definition)} ${word(childRunId)}`,
  'run.forked': ({ forkRunId }) => word(forkRunId),
  'machine.transitioned': ({ to, event }) => `${stateText(to)} on ${typeOf(event)}`,
  'signal.received': ({ signal }) => brief(signal),
  log: ({ level, message }) => `${word(level)}: ${word(message)}`,
};

function plain(payload: Payload): string {
  const members = Object.entries(payload);
  return members.map(([name, value]) => `${name}: ${brief(value)}`).join('  ');
}

function word(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function brief(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value)?.slice(0, LONGEST) ?? '');
}

function failure(error: unknown): string {
  if (error === null || typeof error !== 'object') return brief(error);
  const { code, name, message } = error as Payload;
  return `${word(code) || word(name)}: ${word(message)}`;
}
