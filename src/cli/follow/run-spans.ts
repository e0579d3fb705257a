import type { Envelope, RunEvent } from '../../index.ts';

/** A stretch of time in the life of a run; still open without an end. Times are epoch milliseconds. */
export interface Stretch {
  readonly kind: 'work' | 'pause' | 'wait';
  readonly fromMs: number;
  toMs?: number;
}

/** A step, a question, a tool or a turn: what took time, and how it went. */
export interface Span {
  readonly key: string;
  readonly name: string;
  readonly stretches: Stretch[];
  state: 'open' | 'done' | 'failed';
  /** Tries that failed. */
  failures: number;
}

/** Spans that are kept; of more the first ones that are over go. */
const MAX_SPANS = 500;

/** What took time in a run, in the order of its beginning. */
export interface RunSpans {
  add(envelope: Envelope): void;
  readonly all: readonly Span[];
  /** Those that were there and are kept no more. */
  readonly dropped: number;
}

/** Takes the events of a run in, in their order. */
export function createRunSpans(): RunSpans {
  let spans: Span[] = [];
  let dropped = 0;
  const open = new Map<string, Span>();

  const begin = (key: string, name: string, kind: Stretch['kind'], fromMs: number): void => {
    const span = open.get(key) ?? { key, name, stretches: [], state: 'open', failures: 0 };
    if (span.stretches.length === 0) spans.push(span);
    // Another attempt does it again: what the one before had begun ended with it.
    close(span, fromMs);
    span.stretches.push({ kind, fromMs });
    open.set(key, span);
    if (spans.length <= MAX_SPANS) return;
    const gone = spans.find(({ state }) => state !== 'open') ?? spans[0];
    spans = spans.filter((span) => span !== gone);
    dropped += 1;
  };
  const end = (key: string, state: Span['state'], toMs: number): void => {
    const span = open.get(key);
    if (span === undefined) return;
    close(span, toMs);
    span.state = state;
    if (state === 'failed') span.failures += 1;
    open.delete(key);
  };
  const retry = (key: string, atMs: number, retryAtMs: number): void => {
    const span = open.get(key);
    if (span === undefined) return;
    close(span, atMs);
    span.failures += 1;
    span.stretches.push(
      { kind: 'pause', fromMs: atMs, toMs: Math.max(atMs, retryAtMs) },
      { kind: 'work', fromMs: Math.max(atMs, retryAtMs) },
    );
  };
  /** Whatever is open when an attempt or the run ends is worked on by nobody. */
  const letGo = (atMs: number): void => {
    for (const span of open.values()) if (span.stretches.at(-1)?.kind === 'work') close(span, atMs);
  };
  return {
    add: ({ event, emittedAtMs, late }) => {
      if (late) return;
      const change = changeOf(event);
      if (change === undefined) return;
      if (change.kind === 'begin') begin(change.key, change.name, change.as, emittedAtMs);
      else if (change.kind === 'retry') retry(change.key, emittedAtMs, change.atMs);
      else if (change.kind === 'end') end(change.key, change.state, emittedAtMs);
      else letGo(emittedAtMs);
    },
    get all() {
      return spans;
    },
    get dropped() {
      return dropped;
    },
  };
}

/** A try that was to begin later than it was ended never began. */
function close(span: Span, atMs: number): void {
  const last = span.stretches.at(-1);
  if (last === undefined || last.toMs !== undefined) {
    if (last?.toMs !== undefined && last.kind === 'pause') last.toMs = Math.min(last.toMs, atMs);
    return;
  }
  if (last.fromMs > atMs) {
    span.stretches.pop();
    close(span, atMs);
  } else last.toMs = atMs;
}

type Change =
  | {
      readonly kind: 'begin';
      readonly key: string;
      readonly name: string;
      readonly as: Stretch['kind'];
    }
  | { readonly kind: 'retry'; readonly key: string; readonly atMs: number }
  | { readonly kind: 'end'; readonly key: string; readonly state: 'done' | 'failed' }
  | { readonly kind: 'let go' };

const LETTING_GO: ReadonlySet<string> = new Set([
  'attempt.ended',
  'run.completed',
  'run.failed',
  'run.cancelled',
]);

/** What an event does to the span that it is about. Logs are written by anybody: nothing is taken for granted. */
function changeOf(event: RunEvent): Change | undefined {
  const { type } = event;
  if (LETTING_GO.has(type)) return { kind: 'let go' };
  const [what = '', deed = ''] = type.split('.');
  if (what === 'interrupt') {
    const key = `interrupt ${String(event['interruptId'])}`;
    if (deed === 'requested') {
      return { kind: 'begin', key, name: `? ${textOf(event['name'])}`, as: 'wait' };
    }
    return { kind: 'end', key, state: event['outcome'] === 'expired' ? 'failed' : 'done' };
  }
  if (what !== 'step' && what !== 'tool' && what !== 'turn') return undefined;
  const name = textOf(event['name'], what);
  // Within a fork or a child the same step id may stand for another step.
  const key = `${what} ${textOf(event['within'])} ${idOf(event, name)}`;
  if (deed === 'started') {
    return { kind: 'begin', key, name, as: typeof event['untilMs'] === 'number' ? 'wait' : 'work' };
  }
  if (deed === 'failed' && typeof event['retryAtMs'] === 'number') {
    return { kind: 'retry', key, atMs: event['retryAtMs'] };
  }
  return { kind: 'end', key, state: deed === 'failed' ? 'failed' : 'done' };
}

/** Tools and turns are recorded by hand, with an id of some name, or with none. */
function idOf(event: RunEvent, name: string): string {
  const id = ['stepId', 'toolCallId', 'callId', 'turnId', 'id'].find((at) => at in event);
  return id === undefined ? name : JSON.stringify(event[id]);
}

function textOf(value: unknown, otherwise = ''): string {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}
