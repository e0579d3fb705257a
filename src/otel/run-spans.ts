import {
  context,
  type Link,
  type SpanContext,
  SpanKind,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import type { RuntimeSignal } from '../actors/index.ts';
import {
  isTerminal,
  type RunEvent,
  type RunSnapshot,
  type TraceContext,
  traceOf,
} from '../machines/index.ts';
import type { StoredEvent } from '../stores/index.ts';
import type { Birth, NewRun, TelemetryPort } from '../telemetry.ts';
import type { StepTry } from '../work/index.ts';
import { type About, fail, NAMES, ofRun } from './attributes.ts';
import { toolBegan, toolEnded } from './tool-spans.ts';
import { fromText, toText } from './trace-text.ts';
import { type LiveStep, type TracedRun, tracedRun, under } from './traced-run.ts';

type Of<T extends RuntimeSignal['type']> = Extract<RuntimeSignal, { readonly type: T }>;

/** The events that spans are made of. The payloads of the others are not even parsed. */
const TOLD = new Set([
  'run.created',
  'attempt.started',
  'attempt.ended',
  'step.started',
  'step.completed',
  'step.failed',
  'tool.started',
  'tool.completed',
  'tool.failed',
]);

/**
 * The spans of runs, of what is stored and with the times of the log.
 *
 * A span whose process dies is never exported, and everything below it would have no parent. So what others are below is
 * a span that is exported at once: `start`, whose context the log keeps, and `begin` of a step that has something
 * durable below it. Whatever takes time (`invoke_agent`, `attempt`, `step`) is beside it or below it.
 */
export class RunSpans {
  readonly #tracer: Tracer;
  readonly #content: boolean;
  readonly #runs = new Map<string, TracedRun>();
  #port: TelemetryPort | undefined;

  constructor(tracer: Tracer, captureContent: boolean) {
    this.#tracer = tracer;
    this.#content = captureContent;
  }

  open(port: TelemetryPort): void {
    this.#port = port;
  }

  /** What is under way here ends without having ended in the log. */
  close(): void {
    for (const run of this.#runs.values()) this.#endAttempt(run, Date.now(), 'closed');
    this.#runs.clear();
    this.#port = undefined;
  }

  birth({ parent, forkedFrom, ...about }: NewRun): Birth | undefined {
    const links: Link[] =
      forkedFrom?.trace === undefined ? [] : [{ context: fromText(forkedFrom.trace) }];
    const attributes = {
      ...ofRun(about),
      ...(parent !== undefined && { [NAMES.parentRun]: parent.runId }),
      ...(forkedFrom !== undefined && { [NAMES.sourceRun]: forkedFrom.runId }),
    };
    const above = parent && this.#placeOf(parent);
    const options = { kind: SpanKind.PRODUCER, attributes, links };
    const where = above === undefined ? context.active() : under(above);
    const span = this.#tracer.startSpan(`start ${about.definition ?? 'run'}`, options, where);
    const kept = toText(span.spanContext());
    if (kept === undefined) return undefined;
    return {
      trace: kept,
      settled: (outcome, error) => {
        // That of a repeat is in no log: it is never ended, and so never exported.
        if (outcome === 'repeat') return;
        if (outcome === 'failed') fail(span, error, this.#content);
        span.end();
      },
    };
  }

  around(step: StepTry, work: () => Promise<unknown>): void {
    const { stepId, name, within, tries, attempt, atMs } = step;
    const run = this.#run(step);
    if (step.trace !== undefined) this.#found(run, fromText(step.trace));
    const root = run.root ?? this.#adopt(run);
    const outer = within === undefined ? undefined : run.steps.get(within);
    const startTime = tries === 1 ? (run.began.get(stepId) ?? atMs) : atMs;
    const attributes = {
      ...ofRun(run),
      [NAMES.step]: stepId,
      [NAMES.stepName]: name,
      [NAMES.attempt]: attempt,
      [NAMES.tries]: tries,
      ...(within !== undefined && { [NAMES.within]: within }),
    };
    const parent = outer === undefined ? root : this.#anchor(run, root, outer);
    const span = this.#tracer.startSpan(`step ${name}`, { startTime, attributes }, under(parent));
    run.steps.set(stepId, { span, name, startMs: startTime, anchor: undefined });
    void context.with(trace.setSpan(context.active(), span), work);
  }

  observe(signal: RuntimeSignal): void {
    if (signal.type === 'run.stored') this.#stored(signal);
    else if (signal.type === 'attempt.begun') {
      const attempt = this.#runs.get(signal.runId)?.attempt;
      if (attempt?.attempt === signal.attempt) attempt.cause = signal.cause;
    } else if (signal.type === 'run.fenced') {
      const run = this.#runs.get(signal.runId);
      if (run === undefined) return;
      this.#runs.delete(signal.runId);
      this.#endAttempt(run, signal.atMs, 'taken over');
    }
  }

  #stored({ before, snapshot, events }: Of<'run.stored'>): void {
    const { runId } = snapshot;
    // What comes late belongs to nothing.
    if (before !== null && isTerminal(before)) return;
    const isOver = isTerminal(snapshot.status);
    const isTold = isOver || events.some(({ type, late }) => !late && TOLD.has(type));
    if (!isTold) return;
    const run = this.#run(snapshot);
    try {
      for (const stored of events)
        if (!stored.late && TOLD.has(stored.type)) this.#event(run, stored);
      if (isOver) this.#over(run, snapshot);
    } finally {
      const isParked = run.attempt === undefined && snapshot.waiting?.parked != null;
      if (isOver || isParked) this.#runs.delete(runId);
    }
  }

  #event(run: TracedRun, { type, payload, emittedAtMs }: StoredEvent): void {
    const event = JSON.parse(payload) as RunEvent;
    const stepId = String(event['stepId']);
    switch (type) {
      case 'run.created': {
        const kept = traceOf(event);
        if (kept !== undefined) this.#found(run, fromText(kept));
        return;
      }
      case 'attempt.started':
        this.#endAttempt(run, emittedAtMs, 'taken over');
        run.attempt = { attempt: Number(event['attempt']), startMs: emittedAtMs };
        return;
      case 'attempt.ended':
        return this.#endAttempt(run, emittedAtMs, String(event['reason']));
      case 'step.started':
        return void run.began.set(stepId, emittedAtMs);
      case 'step.completed':
      case 'step.failed':
        return this.#endStep(run, stepId, event, emittedAtMs);
      case 'tool.started':
        return toolBegan(run.tools, event, emittedAtMs, this.#content);
      default: {
        const about = { about: run, tracer: this.#tracer, content: this.#content };
        const make = toolEnded(run.tools, event, emittedAtMs, about);
        if (make !== undefined) this.#whenFound(run, make);
      }
    }
  }

  #endStep(run: TracedRun, stepId: string, event: RunEvent, endMs: number): void {
    const live = run.steps.get(stepId);
    const beganMs = run.began.get(stepId);
    run.steps.delete(stepId);
    if (event['retryAtMs'] === undefined) run.began.delete(stepId);
    if (live === undefined) {
      // A sleep has no code: its span is made of its two events.
      if (beganMs === undefined) return;
      const name = String(event['name']);
      const attributes = { ...ofRun(run), [NAMES.step]: stepId, [NAMES.stepName]: name };
      this.#whenFound(run, (root) => {
        const options = { startTime: beganMs, attributes };
        this.#tracer.startSpan(`step ${name}`, options, under(root)).end(endMs);
      });
      return;
    }
    if (event.type === 'step.failed') fail(live.span, event['error'], this.#content);
    else if (this.#content) {
      live.span.setAttribute(NAMES.stepResult, JSON.stringify(event['result'] ?? null));
    }
    live.span.end(endMs);
  }

  /** Steps that are still under way are cut off by it. */
  #endAttempt(run: TracedRun, endMs: number, how: string): void {
    const { attempt, steps, began } = run;
    run.attempt = undefined;
    for (const { span, startMs } of steps.values()) {
      span.setAttribute(NAMES.interrupted, true);
      span.end(Math.max(startMs, endMs));
    }
    steps.clear();
    began.clear();
    if (attempt === undefined) return;
    const attributes = {
      ...ofRun(run),
      [NAMES.attempt]: attempt.attempt,
      [NAMES.end]: how,
      ...(attempt.cause !== undefined && { [NAMES.cause]: attempt.cause }),
    };
    this.#whenFound(run, (root) => {
      const options = { startTime: attempt.startMs, attributes };
      const span = this.#tracer.startSpan(`attempt ${attempt.attempt}`, options, under(root));
      span.end(Math.max(attempt.startMs, endMs));
    });
  }

  #over(run: TracedRun, snapshot: RunSnapshot): void {
    const { status, createdAtMs, updatedAtMs, attempt, eventCount, error, prompt, result } =
      snapshot;
    this.#endAttempt(run, updatedAtMs, status);
    const attributes = {
      ...ofRun(run),
      [NAMES.operation]: 'invoke_agent',
      [NAMES.status]: status,
      [NAMES.attempt]: attempt,
      [NAMES.events]: eventCount,
      ...(this.#content && { [NAMES.prompt]: prompt, [NAMES.result]: JSON.stringify(result) }),
    };
    this.#whenFound(run, (root) => {
      const name = `invoke_agent ${run.definition ?? 'run'}`;
      const options = { startTime: createdAtMs, kind: SpanKind.INTERNAL, attributes };
      const span = this.#tracer.startSpan(name, options, under(root));
      if (status === 'failed') fail(span, error, this.#content);
      span.end(updatedAtMs);
    });
  }

  /** Where the spans of a child belong. undefined: nothing is known of the parent here. */
  #placeOf({ runId, stepId }: NonNullable<NewRun['parent']>): SpanContext | undefined {
    const run = this.#runs.get(runId);
    const step = run?.steps.get(stepId);
    if (run?.root === undefined || step === undefined) return run?.root;
    return this.#anchor(run, run.root, step);
  }

  #anchor(run: TracedRun, root: SpanContext, step: LiveStep): SpanContext {
    if (step.anchor !== undefined) return step.anchor;
    const { name, startMs } = step;
    const options = {
      startTime: startMs,
      attributes: { ...ofRun(run), [NAMES.stepName]: name },
      links: [{ context: step.span.spanContext() }],
    };
    const span = this.#tracer.startSpan(`begin ${name}`, options, under(root));
    span.end(startMs);
    step.anchor = span.spanContext();
    return step.anchor;
  }

  #run(about: About): TracedRun {
    const run = this.#runs.get(about.runId) ?? tracedRun(about);
    this.#runs.set(about.runId, run);
    return run;
  }

  #found(run: TracedRun, root: SpanContext): void {
    run.root ??= root;
    for (const make of run.pending.splice(0)) make(run.root);
  }

  /** A run that began without telemetry gets a place among the spans of this process. */
  #adopt(run: TracedRun): SpanContext {
    const attributes = { ...ofRun(run), [NAMES.adopted]: true };
    const name = `start ${run.definition ?? 'run'}`;
    const span = this.#tracer.startSpan(name, { attributes, root: true });
    span.end();
    this.#found(run, span.spanContext());
    return span.spanContext();
  }

  /** Makes a span once it is known where it belongs, which the log says. */
  #whenFound(run: TracedRun, make: (root: SpanContext) => void): void {
    if (run.root !== undefined) return make(run.root);
    run.pending.push(make);
    if (run.isLooking) return;
    run.isLooking = true;
    const port = this.#port;
    const onFound = (found: TraceContext | undefined | null): void => {
      if (found === null) run.pending.length = 0;
      else if (found === undefined) this.#adopt(run);
      else this.#found(run, fromText(found));
    };
    port?.traceOf(run.runId).then(onFound).catch(port.onError);
  }
}
