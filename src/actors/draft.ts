import { RunchartError } from '../errors.ts';
import { isNestedDeeperThan } from '../json.ts';
import { isReadByFold, payloadProblem, type RunEvent, typeProblem } from '../machines/index.ts';

/** Levels of nesting that the snapshot may hold: writing it recurses, and the stack ends near 2,000. */
const MAX_DEPTH = 500;

/** An event that was checked and turned into text, so that its sender cannot change it any more. */
export interface Draft {
  readonly type: string;
  /** The JSON text that will be stored. */
  readonly payload: string;
  /** The event as the fold sees it: a copy of our own, or just the type where the fold needs no more. */
  readonly event: RunEvent;
}

/**
 * Checks an event and freezes it into text.
 * Throws EVENT_TYPE_UNKNOWN or EVENT_INVALID; nothing is recorded then.
 */
export function draftEvent(runId: string, event: RunEvent): Draft {
  const type: unknown = (event as RunEvent | undefined)?.type;
  const problem = typeProblem(type);
  if (problem !== undefined) throw refused(runId, problem.code, problem.message);
  if (Array.isArray(event)) throw refused(runId, 'EVENT_INVALID', `${event.type} is a list`);
  const payload = toJson(runId, event);
  if (!isReadByFold(event.type)) return { type: event.type, payload, event: { type: event.type } };
  const copy = JSON.parse(payload) as RunEvent;
  if (isNestedDeeperThan(copy, MAX_DEPTH)) {
    throw refused(
      runId,
      'EVENT_INVALID',
      `${event.type} is nested deeper than ${MAX_DEPTH} levels`,
    );
  }
  const flaw = payloadProblem(copy);
  if (flaw !== undefined) throw refused(runId, flaw.code, flaw.message);
  return { type: event.type, payload, event: copy };
}

function toJson(runId: string, event: RunEvent): string {
  let payload: string;
  try {
    payload = JSON.stringify(event);
  } catch (cause) {
    throw refused(runId, 'EVENT_INVALID', `${event.type} is not JSON (${String(cause)})`, {
      cause,
    });
  }
  // A toJSON of the caller's could say another type than the one that was checked.
  if ('toJSON' in event) throw refused(runId, 'EVENT_INVALID', `${event.type} has a toJSON`);
  return payload;
}

/** Throws EVENT_TOO_LARGE for an event whose JSON has more bytes than are allowed. */
export function assertSize(runId: string, { type, payload }: Draft, maxBytes: number): void {
  // In UTF-8 a character has 3 bytes at most: the text is encoded only where its length does not tell.
  if (payload.length * 3 <= maxBytes) return;
  const bytes = Buffer.byteLength(payload);
  if (bytes <= maxBytes) return;
  throw refused(
    runId,
    'EVENT_TOO_LARGE',
    `${type} has ${bytes} bytes, at most ${maxBytes} are allowed; store it as an output and record its id`,
  );
}

function refused(
  runId: string,
  code: 'EVENT_TYPE_UNKNOWN' | 'EVENT_INVALID' | 'EVENT_TOO_LARGE',
  what: string,
  options?: ErrorOptions,
): RunchartError {
  return new RunchartError(code, `Event refused for run ${runId}: ${what}.`, options);
}
