import type { Context, Span, SpanContext } from '@opentelemetry/api';
import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { About } from './attributes.ts';
import type { OpenTools } from './tool-spans.ts';

/** A try of a step that is under way here. */
export interface LiveStep {
  readonly span: Span;
  readonly name: string;
  readonly startMs: number;
  /** An exported span for what is durable and hangs below the step; made when there is such a thing. */
  anchor: SpanContext | undefined;
}

interface LiveAttempt {
  readonly attempt: number;
  readonly startMs: number;
  cause?: string;
}

/** What is known here of a run that is not over. */
export interface TracedRun extends About {
  /** What all its spans are under. undefined: not known yet. */
  root: SpanContext | undefined;
  /** Spans that wait for that. */
  readonly pending: ((root: SpanContext) => void)[];
  isLooking: boolean;
  attempt: LiveAttempt | undefined;
  /** When the steps that are under way began, by the log. */
  readonly began: Map<string, number>;
  readonly steps: Map<string, LiveStep>;
  readonly tools: OpenTools;
}

export function tracedRun(about: About): TracedRun {
  const { runId, sessionId, definition } = about;
  return {
    runId,
    sessionId,
    definition,
    root: undefined,
    pending: [],
    isLooking: false,
    attempt: undefined,
    began: new Map(),
    steps: new Map(),
    tools: new Map(),
  };
}

/** The context under which a span is a child of that one, and of none that happens to be active. */
export function under(parent: SpanContext): Context {
  return trace.setSpanContext(ROOT_CONTEXT, parent);
}
