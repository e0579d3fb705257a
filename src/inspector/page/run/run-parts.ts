import type { Envelope, RunFailure } from '../../../machines/index.ts';
import type { Json } from '../../../json.ts';
import { RunSpans } from './run-spans.ts';
import { newTry, type StepTry } from './step-try.ts';

export interface StepPart {
  /** The `seq` of its first event. */
  readonly seq: number;
  readonly stepId: string;
  readonly name: string;
  /** The id of the step inside which it was asked for. */
  readonly within: string | null;
  /** It is a sleep until then. */
  readonly untilMs: number | null;
  readonly tries: StepTry[];
  result: Json | undefined;
  childRunId: string | null;
}

export interface AttemptPart {
  readonly seq: number;
  readonly attempt: number;
  readonly owner: string;
  readonly startedAtMs: number;
  endedSeq: number | null;
  endedAtMs: number | null;
  /** Why it ended; null: by the end of the run, by a crash, or not yet. */
  reason: string | null;
}

export interface InterruptPart {
  readonly seq: number;
  readonly interruptId: string;
  readonly name: string;
  readonly question: string;
  readonly schema: Json;
  readonly askedAtMs: number;
  readonly expiresAtMs: number | null;
  settledSeq: number | null;
  outcome: string | null;
  value: Json | undefined;
}

/** An event that tells of something that is kept beside the log: an output, a checkpoint, a child, a fork. */
export interface Mention {
  readonly seq: number;
  readonly atMs: number;
  readonly event: Envelope['event'];
}

/**
 * What the events of a log tell of, put together: steps with their tries, attempts, questions, outputs.
 * Each part has the `seq` at which it came and those at which it changed, so that any moment can be shown.
 */
export class RunParts {
  readonly steps: StepPart[] = [];
  readonly attempts: AttemptPart[] = [];
  readonly interrupts: InterruptPart[] = [];
  readonly outputs: Mention[] = [];
  readonly checkpoints: Mention[] = [];
  readonly children: Mention[] = [];
  readonly forks: Mention[] = [];
  readonly machine: Mention[] = [];
  readonly late: Mention[] = [];
  /** Tools and turns that were recorded by hand. */
  readonly spans = new RunSpans();
  readonly #steps = new Map<string, StepPart>();

  add(envelope: Envelope): void {
    const { seq, emittedAtMs: atMs, event, late } = envelope;
    if (late) this.late.push({ seq, atMs, event });
    const mentions = MENTIONS[event.type];
    if (mentions !== undefined) this[mentions].push({ seq, atMs, event });
    else if (event.type.startsWith('step.')) this.#step(seq, atMs, event);
    else if (event.type.startsWith('t')) this.spans.add(envelope, this.#attempt);
    else if (event.type === 'attempt.started') this.#attemptStarted(seq, atMs, event);
    else if (event.type === 'attempt.ended') this.#attemptEnded(seq, atMs, event);
    else if (event.type === 'interrupt.requested') this.#asked(seq, atMs, event);
    else if (event.type === 'interrupt.resolved') this.#settled(seq, event);
    if (event.type === 'child.started') {
      const step = this.#steps.get(String(event['stepId']));
      if (step !== undefined) step.childRunId = String(event['childRunId']);
    }
  }

  get #attempt(): number {
    return this.attempts.at(-1)?.attempt ?? 0;
  }

  #step(seq: number, atMs: number, event: Envelope['event']): void {
    const stepId = String(event['stepId']);
    let step = this.#steps.get(stepId);
    if (step === undefined) {
      const { name, untilMs, within } = event;
      step = {
        seq,
        stepId,
        name: typeof name === 'string' ? name : stepId,
        within: typeof within === 'string' ? within : null,
        untilMs: typeof untilMs === 'number' ? untilMs : null,
        tries: [],
        result: undefined,
        childRunId: null,
      };
      this.#steps.set(stepId, step);
      this.steps.push(step);
    }
    const last = step.tries.at(-1);
    if (event.type === 'step.started' && last?.endedSeq === null) {
      last.outcome = 'lost';
      last.endedSeq = seq;
      last.endedAtMs = this.attempts.at(-1)?.startedAtMs ?? atMs;
    }
    if (event.type === 'step.started' || last === undefined || last.endedSeq !== null) {
      // After a failed try the log has no second start: the next try begins at its instant.
      const isRetry = event.type !== 'step.started';
      const startedAtMs = isRetry ? Math.min(last?.retryAtMs ?? atMs, atMs) : atMs;
      step.tries.push(newTry(seq, startedAtMs, this.#attempt));
    }
    if (event.type !== 'step.started') endTry(step, seq, atMs, event);
  }

  #attemptStarted(seq: number, atMs: number, event: Envelope['event']): void {
    this.attempts.push({
      seq,
      attempt: Number(event['attempt']),
      owner: String(event['owner']),
      startedAtMs: atMs,
      endedSeq: null,
      endedAtMs: null,
      reason: null,
    });
  }

  #attemptEnded(seq: number, atMs: number, event: Envelope['event']): void {
    const last = this.attempts.at(-1);
    if (last === undefined) return;
    last.endedSeq = seq;
    last.endedAtMs = atMs;
    last.reason = String(event['reason']);
  }

  #asked(seq: number, askedAtMs: number, event: Envelope['event']): void {
    const { interruptId, name, question, schema, expiresAtMs } = event;
    this.interrupts.push({
      seq,
      interruptId: String(interruptId),
      name: typeof name === 'string' ? name : String(interruptId),
      question: typeof question === 'string' ? question : '',
      schema: (schema ?? null) as Json,
      askedAtMs,
      expiresAtMs: typeof expiresAtMs === 'number' ? expiresAtMs : null,
      settledSeq: null,
      outcome: null,
      value: undefined,
    });
  }

  #settled(seq: number, event: Envelope['event']): void {
    const open = this.interrupts.find(
      ({ interruptId, settledSeq }) =>
        settledSeq === null && interruptId === String(event['interruptId']),
    );
    if (open === undefined) return;
    open.settledSeq = seq;
    open.outcome = String(event['outcome']);
    open.value = (event['value'] ?? null) as Json;
  }
}

type Mentions = 'outputs' | 'checkpoints' | 'children' | 'forks' | 'machine';

const MENTIONS: Readonly<Record<string, Mentions>> = {
  'output.appended': 'outputs',
  'checkpoint.saved': 'checkpoints',
  'child.started': 'children',
  'run.forked': 'forks',
  'machine.transitioned': 'machine',
};

function endTry(step: StepPart, seq: number, atMs: number, event: Envelope['event']): void {
  const last = step.tries.at(-1) as StepTry;
  last.endedSeq = seq;
  last.endedAtMs = atMs;
  if (event.type === 'step.completed') {
    last.outcome = 'completed';
    step.result = (event['result'] ?? null) as Json;
    return;
  }
  last.outcome = 'failed';
  last.error = (event['error'] ?? null) as RunFailure | null;
  const { retryAtMs } = event;
  last.retryAtMs = typeof retryAtMs === 'number' ? retryAtMs : null;
}
