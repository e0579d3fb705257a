import { type Attributes, SpanKind, type SpanContext, type Tracer } from '@opentelemetry/api';
import type { RunEvent } from '../machines/index.ts';
import { type About, fail, NAMES, ofRun } from './attributes.ts';
import { under } from './traced-run.ts';

/** A call that has begun. */
interface OpenTool {
  readonly name: string;
  readonly startMs: number;
  readonly attributes: Attributes;
}

/** Calls that have begun, by their id or, without one, their name. */
export type OpenTools = Map<string, OpenTool>;

/** Notes that a tool was called. An event that names no tool makes no span. */
export function toolBegan(tools: OpenTools, event: RunEvent, atMs: number, content: boolean): void {
  const name = text(event['name']) ?? text(event['tool']) ?? text(event['toolName']);
  if (name === undefined) return;
  const id = idOf(event);
  const given = event['arguments'] ?? event['input'] ?? event['args'];
  tools.set(id ?? name, {
    name,
    startMs: atMs,
    attributes: {
      ...(id !== undefined && { [NAMES.toolCall]: id }),
      ...(content && given !== undefined && { [NAMES.toolArguments]: JSON.stringify(given) }),
    },
  });
}

/** Answers what makes the span of a call that has ended; undefined for a call whose begin is not known here. */
export function toolEnded(
  tools: OpenTools,
  event: RunEvent,
  endMs: number,
  { about, tracer, content }: { about: About; tracer: Tracer; content: boolean },
): ((root: SpanContext) => void) | undefined {
  const key = idOf(event) ?? text(event['name']) ?? text(event['tool']) ?? text(event['toolName']);
  const tool = key === undefined ? undefined : tools.get(key);
  if (key === undefined || tool === undefined) return undefined;
  tools.delete(key);
  const result = event['result'] ?? event['output'];
  const attributes = {
    ...ofRun(about),
    [NAMES.operation]: 'execute_tool',
    [NAMES.tool]: tool.name,
    ...tool.attributes,
    ...(content && result !== undefined && { [NAMES.toolResult]: JSON.stringify(result) }),
  };
  return (root) => {
    const options = { startTime: tool.startMs, kind: SpanKind.INTERNAL, attributes };
    const span = tracer.startSpan(`execute_tool ${tool.name}`, options, under(root));
    if (event.type === 'tool.failed') fail(span, event['error'], content);
    span.end(endMs);
  };
}

function idOf(event: RunEvent): string | undefined {
  return text(event['toolCallId']) ?? text(event['callId']) ?? text(event['id']);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
