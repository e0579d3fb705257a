import type { Envelope, RunFailure } from '../../../machines/index.ts';
import type { Json } from '../../../json.ts';
import type { StepPart } from './run-parts.ts';
import { newTry, type StepTry } from './step-try.ts';

/** A tool that was used, or a turn: recorded by whoever drives the run by hand, as a start and an end. */
export interface SpanPart extends StepPart {
  readonly kind: 'tool' | 'turn';
}

/** Open uses of one tool that are remembered: a log may have starts without any end. */
const OPEN = 32;

/** Members that tell two uses of one tool apart, the most telling first. */
const IDS = ['callId', 'toolCallId', 'toolUseId', 'id'] as const;

/**
 * Pairs `tool.started` and `turn.started` with what ended them. Their payload is free: they are paired by
 * an id where there is one, else by name or number; of several open ones the first is ended first. An end
 * after a failed one is another try of it. An end without any start is left out.
 */
export class RunSpans {
  readonly list: SpanPart[] = [];
  readonly #byKey = new Map<string, SpanPart[]>();

  add({ seq, emittedAtMs: atMs, event }: Envelope, attempt: number): void {
    const [kind, what] = event.type.split('.');
    if (kind !== 'tool' && kind !== 'turn') return;
    const key = keyOf(kind, event);
    const known = this.#byKey.get(key) ?? [];
    if (what === 'started') {
      const span = newSpan(kind, { seq, atMs, attempt, event });
      this.list.push(span);
      this.#byKey.set(key, [...known.filter(isUnsettled).slice(-OPEN), span]);
      return;
    }
    const open = known.find((span) => span.tries.at(-1)?.endedSeq === null);
    if (open !== undefined) {
      settle(open, seq, atMs, event);
      return;
    }
    const failed = known.findLast((span) => span.tries.at(-1)?.outcome === 'failed');
    const before = failed?.tries.at(-1);
    if (failed === undefined || before === undefined) return;
    failed.tries.push(newTry(seq, before.endedAtMs ?? atMs, attempt));
    settle(failed, seq, atMs, event);
  }
}

function isUnsettled({ tries }: SpanPart): boolean {
  return tries.at(-1)?.outcome === 'running';
}

function keyOf(kind: string, event: Envelope['event']): string {
  for (const name of IDS) {
    if (typeof event[name] === 'string') return `${kind} #${event[name]}`;
  }
  return `${kind} ${kind === 'turn' ? wordOf(event['turn']) : nameOf('tool', event)}`;
}

function nameOf(kind: 'tool' | 'turn', event: Envelope['event']): string {
  if (kind === 'turn') return `turn ${wordOf(event['turn'])}`.trimEnd();
  return wordOf(event['tool']) || wordOf(event['name']) || 'tool';
}

function wordOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

interface Begun {
  readonly seq: number;
  readonly atMs: number;
  readonly attempt: number;
  readonly event: Envelope['event'];
}

function newSpan(kind: 'tool' | 'turn', { seq, atMs, attempt, event }: Begun): SpanPart {
  return {
    kind,
    seq,
    stepId: `${kind}:${seq}`,
    name: nameOf(kind, event),
    within: null,
    untilMs: null,
    tries: [newTry(seq, atMs, attempt)],
    result: undefined,
    childRunId: null,
  };
}

function settle(span: SpanPart, seq: number, atMs: number, event: Envelope['event']): void {
  const last = span.tries.at(-1) as StepTry;
  last.endedSeq = seq;
  last.endedAtMs = atMs;
  if (event.type.endsWith('.failed')) {
    last.outcome = 'failed';
    last.error = failureOf(event['error']);
    return;
  }
  last.outcome = 'completed';
  span.result = (event['output'] ?? event['result'] ?? undefined) as Json | undefined;
}

/** What a person wrote as an error may be any JSON. */
function failureOf(error: unknown): RunFailure {
  if (error !== null && typeof error === 'object') {
    const { name, message } = error as Partial<RunFailure>;
    if (typeof message === 'string') {
      return { ...(error as RunFailure), name: typeof name === 'string' ? name : 'Error', message };
    }
  }
  const message = typeof error === 'string' ? error : (JSON.stringify(error) ?? 'no reason given');
  return { name: 'Error', message };
}
