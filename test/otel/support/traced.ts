import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

/** A provider whose spans are there when they have ended, as those that are exported are. */
export function traced() {
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  return { tracerProvider, spans: () => exporter.getFinishedSpans() };
}

/** Makes `context.with` last over awaits, as an SDK for Node does. Answers what ends that. */
export function withContexts(): () => void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  return () => {
    context.disable();
    trace.disable();
  };
}

export interface PlainSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  readonly links: readonly string[];
  readonly attributes: ReadableSpan['attributes'];
  readonly status: ReadableSpan['status'];
  readonly startMs: number;
  readonly endMs: number;
}

export function plain(span: ReadableSpan): PlainSpan {
  const { traceId, spanId } = span.spanContext();
  const ms = ([s, ns]: readonly [number, number]): number => s * 1000 + ns / 1e6;
  return {
    name: span.name,
    traceId,
    spanId,
    parentId: span.parentSpanContext?.spanId,
    links: span.links.map((link) => link.context.spanId),
    attributes: span.attributes,
    status: span.status,
    startMs: ms(span.startTime),
    endMs: ms(span.endTime),
  };
}

/** What stands in one trace below one root: problems, none when all is well. */
export function gapsOf(spans: readonly PlainSpan[]): string[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const traces = new Set(spans.map(({ traceId }) => traceId));
  const orphans = spans.filter(({ parentId }) => parentId !== undefined && !ids.has(parentId));
  return [
    ...(traces.size === 1 ? [] : [`${traces.size} traces`]),
    ...orphans.map(({ name }) => `the parent of "${name}" was never exported`),
  ];
}

/** `name < parent`, in order of their ends. */
export function treeOf(spans: readonly PlainSpan[]): string[] {
  const names = new Map(spans.map(({ spanId, name }) => [spanId, name]));
  return spans.map(({ name, parentId }) =>
    parentId === undefined ? name : `${name} < ${names.get(parentId) ?? 'missing'}`,
  );
}
