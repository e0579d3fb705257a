import { type Attributes, SpanStatusCode, type Span } from '@opentelemetry/api';

/**
 * Names of attributes. Those of `gen_ai` and `error` are of the semantic conventions of OpenTelemetry, 1.38.0
 * (`gen_ai` is in development there); the others are ours and stable.
 */
export const NAMES = {
  operation: 'gen_ai.operation.name',
  agent: 'gen_ai.agent.name',
  conversation: 'gen_ai.conversation.id',
  tool: 'gen_ai.tool.name',
  toolCall: 'gen_ai.tool.call.id',
  toolArguments: 'gen_ai.tool.call.arguments',
  toolResult: 'gen_ai.tool.call.result',
  errorType: 'error.type',
  run: 'runchart.run.id',
  status: 'runchart.run.status',
  prompt: 'runchart.run.prompt',
  result: 'runchart.run.result',
  events: 'runchart.run.events',
  parentRun: 'runchart.parent_run.id',
  sourceRun: 'runchart.source_run.id',
  attempt: 'runchart.attempt.number',
  cause: 'runchart.attempt.cause',
  end: 'runchart.attempt.end',
  step: 'runchart.step.id',
  stepName: 'runchart.step.name',
  stepResult: 'runchart.step.result',
  within: 'runchart.step.within',
  tries: 'runchart.step.try',
  interrupted: 'runchart.step.interrupted',
  adopted: 'runchart.run.adopted',
} as const;

/** Which run a span belongs to. */
export interface About {
  readonly runId: string;
  readonly sessionId: string;
  readonly definition: string | null;
}

export function ofRun({ runId, sessionId, definition }: About): Attributes {
  return {
    [NAMES.run]: runId,
    [NAMES.conversation]: sessionId,
    ...(definition !== null && { [NAMES.agent]: definition }),
  };
}

/** What the log keeps of an error, as far as it can be relied on. */
interface Failure {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
}

/** Marks a span as failed: by its code, and with the text only where contents may be seen. */
export function fail(span: Span, error: unknown, captureContent: boolean): void {
  const { name, code, message } = Object(error) as Failure;
  const type = typeof code === 'string' ? code : typeof name === 'string' ? name : '_OTHER';
  span.setAttribute(NAMES.errorType, type);
  const text = captureContent && typeof message === 'string' ? message : type;
  span.setStatus({ code: SpanStatusCode.ERROR, message: text });
}
