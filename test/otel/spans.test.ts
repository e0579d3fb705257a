import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineRun, type RuntimeOptions } from '../../src/index.ts';
import { openTelemetry, type OpenTelemetryOptions } from '../../src/otel/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { crashableStores } from '../../src/testing/index.ts';
import { eventually, open } from '../support/runtime/helpers.ts';
import { gapsOf, plain, traced, treeOf, withContexts } from './support/traced.ts';

const SECRET = 'correct-horse-battery';
let end: () => void;
beforeAll(() => {
  end = withContexts();
});
afterAll(() => end());

async function opened(
  options: Partial<RuntimeOptions> = {},
  { tracerProvider, spans }: ReturnType<typeof traced> = traced(),
  more: OpenTelemetryOptions = {},
) {
  const telemetry = openTelemetry({ tracerProvider, ...more });
  const runtime = await open({ ...options, telemetry });
  const tracer = tracerProvider.getTracer('test');
  return { runtime, tracer, spans: () => spans().map(plain) };
}

describe('the spans of a run', () => {
  it('are one trace: its start, its steps, its attempt, and all of it', async () => {
    const job = defineRun({
      name: 'job',
      execute: async ({ step }) => {
        await step('outer', () => step('inner', () => 1));
        return step('last', () => 2);
      },
    });
    const { runtime, spans } = await opened({ definitions: [job] });
    const run = await runtime.start(job, { sessionId: 'talk' });
    await run.result();
    await runtime.close();
    expect(treeOf(spans())).toEqual([
      'start job',
      'begin outer < start job',
      'step inner < begin outer',
      'step outer < start job',
      'step last < start job',
      'attempt 1 < start job',
      'invoke_agent job < start job',
    ]);
    expect(gapsOf(spans())).toEqual([]);
    const all = spans().at(-1);
    expect(all?.attributes).toMatchObject({
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'job',
      'gen_ai.conversation.id': 'talk',
      'runchart.run.id': run.id,
      'runchart.run.status': 'completed',
    });
    const { createdAtMs, updatedAtMs } = await run.snapshot().catch(() => ({
      createdAtMs: all?.startMs,
      updatedAtMs: all?.endMs,
    }));
    expect([all?.startMs, all?.endMs]).toEqual([createdAtMs, updatedAtMs]);
  });

  it('belong to the span that was active when it was started', async () => {
    const job = defineRun({ name: 'job', execute: () => 1 });
    const { runtime, spans, tracer } = await opened({ definitions: [job] });
    await tracer.startActiveSpan('request', async (span) => {
      await (await runtime.start(job)).result();
      span.end();
    });
    await runtime.close();
    expect(gapsOf(spans())).toEqual([]);
    expect(treeOf(spans())).toContain('start job < request');
  });

  it('have the span of a step active inside its code, and none of it outside', async () => {
    const seen: (string | undefined)[] = [];
    const active = () => trace.getSpan(context.active())?.spanContext().spanId;
    const job = defineRun({
      name: 'job',
      execute: async ({ step }) => {
        await step('work', async () => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          seen.push(active());
          trace.getTracerProvider();
          tracer.startSpan('GET /').end();
        });
        seen.push(active());
      },
    });
    const { runtime, spans, tracer } = await opened({ definitions: [job] });
    await (await runtime.start(job)).result();
    await runtime.close();
    const step = spans().find(({ name }) => name === 'step work');
    expect(seen).toEqual([step?.spanId, undefined]);
    expect(treeOf(spans())).toContain('GET / < step work');
  });

  it('are one per try, and those that failed say why by a code', async () => {
    const job = defineRun({
      name: 'job',
      execute: ({ step }) =>
        step(
          'flaky',
          () => {
            throw Object.assign(new Error(SECRET), { code: 'E_FLAKY' });
          },
          { retries: 1, backoffMs: 1 },
        ),
    });
    const { runtime, spans } = await opened({ definitions: [job] });
    await expect((await runtime.start(job, { prompt: SECRET })).result()).rejects.toThrow();
    await runtime.close();
    const tries = spans().filter(({ name }) => name === 'step flaky');
    expect(tries.map(({ attributes }) => attributes['runchart.step.try'])).toEqual([1, 2]);
    for (const { attributes, status } of [...tries, spans().at(-1)].filter(
      (s) => s !== undefined,
    )) {
      expect(attributes['error.type']).toBe('E_FLAKY');
      expect(status).toEqual({ code: SpanStatusCode.ERROR, message: 'E_FLAKY' });
    }
    expect(JSON.stringify(spans())).not.toContain(SECRET);
  });

  it('end when the run is cancelled, also that of a step that goes on', async () => {
    const job = defineRun({
      name: 'job',
      execute: ({ step }) => step('long', () => new Promise(() => {})),
    });
    const { runtime, spans } = await opened({ definitions: [job] });
    const run = await runtime.start(job);
    await eventually(async () => (await run.snapshot()).eventCount >= 4);
    await run.cancel();
    await runtime.close({ graceMs: 10 });
    expect(treeOf(spans())).toEqual([
      'start job',
      'step long < start job',
      'attempt 1 < start job',
      'invoke_agent job < start job',
    ]);
    const [, step, attempt, all] = spans();
    expect(step?.attributes['runchart.step.interrupted']).toBe(true);
    expect(attempt?.attributes['runchart.attempt.end']).toBe('cancelled');
    expect(all?.status.code).toBe(SpanStatusCode.UNSET);
  });

  it('of a child are in the trace of its parent, below the step that started it', async () => {
    const child = defineRun({ name: 'child', execute: ({ step }) => step('part', () => 1) });
    const parent = defineRun({ name: 'parent', execute: ({ child: start }) => start(child) });
    const { runtime, spans } = await opened({ definitions: [child, parent] });
    await (await runtime.start(parent)).result();
    await runtime.close();
    expect(gapsOf(spans())).toEqual([]);
    expect(treeOf(spans())).toEqual(
      expect.arrayContaining([
        'begin child child < start parent',
        'start child < begin child child',
        'step part < start child',
        'step child child < start parent',
        'invoke_agent parent < start parent',
      ]),
    );
  });

  it('of a fork are a trace of their own, with a link to that of the source', async () => {
    const job = defineRun({
      name: 'job',
      execute: async ({ step, checkpoint }) => {
        await step('first', () => 1);
        await checkpoint();
        return step('second', () => 2);
      },
    });
    const { runtime, spans } = await opened({ definitions: [job] });
    const run = await runtime.start(job);
    await run.result();
    const fork = await runtime.fork({ runId: run.id });
    await fork.result();
    await runtime.close();
    const [source, forked] = spans().filter(({ name }) => name === 'start job');
    expect(forked?.links).toEqual([source?.spanId]);
    expect(forked?.traceId).not.toBe(source?.traceId);
    // What is remembered is not done, and has no span.
    const ofFork = spans().filter(({ traceId }) => traceId === forked?.traceId);
    expect(treeOf(ofFork)).not.toContain('step first < start job');
    expect(treeOf(ofFork)).toContain('step second < start job');
  });

  it('of a tool and of a sleep are made of their two events', async () => {
    const job = defineRun({
      name: 'job',
      execute: async ({ emit, sleepUntil }) => {
        await emit({ type: 'tool.started', id: 't1', name: 'search', input: { q: SECRET } });
        await sleepUntil(Date.now() + 30);
        await emit({ type: 'tool.failed', id: 't1', error: { name: 'Timeout', message: SECRET } });
      },
    });
    const { runtime, spans } = await opened({ definitions: [job] });
    await (await runtime.start(job)).result();
    await runtime.close();
    expect(treeOf(spans())).toEqual(
      expect.arrayContaining(['step sleep < start job', 'execute_tool search < start job']),
    );
    const tool = spans().find(({ name }) => name === 'execute_tool search');
    expect(tool?.attributes).toMatchObject({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'search',
      'gen_ai.tool.call.id': 't1',
      'error.type': 'Timeout',
    });
    expect(Number(tool?.endMs) - Number(tool?.startMs)).toBeGreaterThanOrEqual(25);
    expect(JSON.stringify(spans())).not.toContain(SECRET);
  });

  it('hold what was asked and answered only where that was asked for', async () => {
    const job = defineRun({ name: 'job', execute: ({ step }) => step('say', () => SECRET) });
    const { runtime, spans } = await opened({ definitions: [job] }, traced(), {
      captureContent: true,
    });
    await (await runtime.start(job, { prompt: 'hello' })).result();
    await runtime.close();
    expect(spans().at(-1)?.attributes).toMatchObject({
      'runchart.run.prompt': 'hello',
      'runchart.run.result': JSON.stringify(SECRET),
    });
  });
});

describe('a run that is gone on with elsewhere', () => {
  const job = (hangs: boolean) =>
    defineRun({
      name: 'job',
      execute: async ({ step }) => {
        await step('first', () => 1);
        await step('second', () => (hangs ? new Promise<number>(() => {}) : 2));
      },
    });

  it.each(['dies', 'closes'])('stays one trace when its process %s', async (how) => {
    const stores = memory();
    await stores.open();
    const exported = traced();
    const dying = crashableStores(stores);
    const first = await opened({ stores: dying.stores, definitions: [job(true)] }, exported);
    const run = await first.runtime.start('job');
    await eventually(async () => (await run.snapshot()).eventCount >= 6);
    if (how === 'dies') await dying.crash();
    else await first.runtime.close({ graceMs: 10 });
    const second = await opened({ stores, definitions: [job(false)] }, exported);
    await (await second.runtime.get(run.id)).result();
    await second.runtime.close();
    expect(gapsOf(second.spans())).toEqual([]);
    const names = treeOf(second.spans());
    expect(names.filter((name) => name === 'step first < start job')).toHaveLength(1);
    expect(names).toContain('attempt 2 < start job');
    expect(names.at(-1)).toBe('invoke_agent job < start job');
    await stores.close();
  });

  it('and had no telemetry before gets a place of its own', async () => {
    const stores = memory();
    await stores.open();
    const first = await open({ stores, definitions: [job(true)] });
    const run = await first.start('job');
    await eventually(async () => (await run.snapshot()).eventCount >= 6);
    await first.close({ graceMs: 10 });
    const second = await opened({ stores, definitions: [job(false)] });
    await (await second.runtime.get(run.id)).result();
    await second.runtime.close();
    expect(gapsOf(second.spans())).toEqual([]);
    expect(second.spans()[0]?.attributes['runchart.run.adopted']).toBe(true);
    await stores.close();
  });

  it('may be ended by a process that never drove it: the log says where its spans belong', async () => {
    const stores = memory();
    await stores.open();
    const asking = defineRun({
      name: 'asking',
      execute: ({ interrupt }) => interrupt({ question: 'go on?' }),
    });
    const exported = traced();
    const first = await opened({ stores, definitions: [asking] }, exported);
    const run = await first.runtime.start('asking');
    await eventually(async () => (await run.snapshot()).waiting?.parked === 'waiting');
    await first.runtime.close();
    const second = await opened({ stores }, exported);
    await (await second.runtime.get(run.id)).cancel();
    await eventually(() => second.spans().some(({ name }) => name === 'invoke_agent asking'));
    await second.runtime.close();
    expect(gapsOf(second.spans())).toEqual([]);
    await stores.close();
  });
});
