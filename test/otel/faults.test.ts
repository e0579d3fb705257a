import type { Meter, Tracer } from '@opentelemetry/api';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { expect, it } from 'vitest';
import { createRuntime, defineRun, type Telemetry } from '../../src/index.ts';
import { openTelemetry } from '../../src/otel/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { traced } from './support/traced.ts';

const counted: string[] = [];
const job = defineRun({
  name: 'job',
  execute: ({ step, child }) => step('one', () => counted.push('one')).then(() => child(leaf)),
});
const leaf = defineRun({ name: 'leaf', execute: ({ step }) => step('two', () => 'done') });

const broken = (): never => {
  throw new Error('broken');
};

/** Spans whose every call throws, or those of an SDK whose exporter does. */
const real = traced().tracerProvider.getTracer('x');
const throwingEnd: Tracer = {
  startSpan: (...args) => Object.assign(real.startSpan(...args), { end: broken }),
  startActiveSpan: broken,
};
const TELEMETRY: readonly (readonly [string, () => Telemetry])[] = [
  [
    'whose tracer starts no span',
    () =>
      openTelemetry({
        tracerProvider: { getTracer: () => ({ startSpan: broken, startActiveSpan: broken }) },
      }),
  ],
  [
    'whose spans do not end',
    () => openTelemetry({ tracerProvider: { getTracer: () => throwingEnd } }),
  ],
  [
    'whose exporter throws',
    () =>
      openTelemetry({
        tracerProvider: new BasicTracerProvider({
          spanProcessors: [new SimpleSpanProcessor({ export: broken, shutdown: async () => {} })],
        }),
      }),
  ],
  [
    'whose instruments measure nothing',
    () => {
      const instrument = { add: broken, record: broken, addCallback: broken };
      const meter = {
        createCounter: () => instrument,
        createHistogram: () => instrument,
        createObservableGauge: broken,
        addBatchObservableCallback: broken,
      } as unknown as Meter;
      return openTelemetry({ meterProvider: { getMeter: () => meter } });
    },
  ],
  [
    'of which every part throws, and which does the work twice',
    () => ({
      open: broken,
      observe: broken,
      birth: broken,
      around: (_, work) => {
        void work();
        void work();
        broken();
      },
    }),
  ],
];

it.each(TELEMETRY)('telemetry %s harms no run', async (_, create) => {
  counted.length = 0;
  const runtime = await createRuntime({
    stores: memory(),
    definitions: [job, leaf],
    telemetry: create(),
    onError: () => {},
  });
  expect(await (await runtime.start(job)).result()).toBe('done');
  expect(counted).toEqual(['one']);
  await runtime.close();
});

it('telemetry that serves a runtime already is refused to another, which runs without', async () => {
  const faults: unknown[] = [];
  const telemetry = openTelemetry();
  const options = { telemetry, onError: (error: unknown) => void faults.push(error) };
  await using _first = await createRuntime({ stores: memory(), ...options });
  await using _second = await createRuntime({ stores: memory(), ...options });
  expect(faults.map(String)).toEqual(['TypeError: Expected telemetry of its own for each runtime']);
});
