import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { expect, it } from 'vitest';
import { defineRun, type Stores } from '../../src/index.ts';
import { openTelemetry } from '../../src/otel/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { crashableStores, faultyStores } from '../../src/testing/index.ts';
import { eventually, open } from '../support/runtime/helpers.ts';

const job = (hangs: boolean) =>
  defineRun({ name: 'job', execute: () => (hangs ? new Promise<number>(() => {}) : 1) });

/** A runtime that is measured, and what was measured: name, unit and the points with their attributes. */
async function measured(stores: Stores, hangs: boolean) {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  const telemetry = openTelemetry({ meterProvider });
  const runtime = await open({ stores, definitions: [job(hangs)], telemetry });
  const read = async () => {
    exporter.reset();
    await reader.forceFlush();
    const scopes = exporter.getMetrics().at(-1)?.scopeMetrics ?? [];
    const all = scopes.flatMap((scope) => scope.metrics);
    return Object.fromEntries(
      all.map(({ descriptor: { name, unit }, dataPoints }) => [name, { unit, points: dataPoints }]),
    );
  };
  return { runtime, read, shutdown: () => meterProvider.shutdown() };
}

it('what is measured has these names, units and values', async () => {
  const stores = memory();
  await stores.open();
  const dying = crashableStores(stores);
  const first = await measured(dying.stores, true);
  const run = await first.runtime.start('job');
  await eventually(async () => (await run.snapshot()).attempt === 1);
  expect((await first.read())['runchart.run.driven']?.points).toMatchObject([{ value: 1 }]);
  await dying.crash();
  await first.shutdown();
  const { runtime, read, shutdown } = await measured(stores, false);
  await (await runtime.get(run.id)).result();
  const told = await read();
  expect(Object.fromEntries(Object.entries(told).map(([name, { unit }]) => [name, unit]))).toEqual({
    'runchart.runs': '{run}',
    'runchart.run.duration': 's',
    'runchart.append.duration': 's',
    'runchart.append.batch_size': '{commit}',
    'runchart.events': '{event}',
    'runchart.recoveries': '{run}',
    'runchart.feed.lag': '{event}',
    'runchart.run.driven': '{run}',
    'runchart.run.queued': '{run}',
  });
  const { appends } = await runtime.stats();
  expect(told['runchart.runs']?.points).toMatchObject([
    { value: 1, attributes: { 'runchart.run.status': 'completed', 'gen_ai.agent.name': 'job' } },
  ]);
  expect(told['runchart.recoveries']?.points).toMatchObject([
    { value: 1, attributes: { 'runchart.attempt.cause': 'crashed' } },
  ]);
  expect(told['runchart.events']?.points).toMatchObject([{ value: appends.events }]);
  expect(told['runchart.append.duration']?.points).toMatchObject([
    { value: { count: appends.batches } },
  ]);
  expect(told['runchart.append.batch_size']?.points).toMatchObject([
    { value: { count: appends.batches, sum: appends.commits, max: appends.batchSize?.max } },
  ]);
  const { createdAtMs, updatedAtMs } = await (await runtime.get(run.id)).snapshot();
  expect(told['runchart.run.duration']?.points).toMatchObject([
    { value: { count: 1, sum: (updatedAtMs - createdAtMs) / 1000 } },
  ]);
  expect(told['runchart.run.queued']?.points).toMatchObject([{ value: 0 }]);
  await runtime.close();
  await shutdown();
});

it('a write that fails is measured by its code, and a slow reader by what it has before it', async () => {
  const faulty = faultyStores(memory());
  const { runtime, read, shutdown } = await measured(faulty.stores, false);
  const run = await runtime.open();
  const reading = run.events()[Symbol.asyncIterator]();
  await reading.next();
  for (let n = 0; n < 3; n += 1) await run.record({ type: 'log' });
  faulty.arm(1, 'once', ({ method }) => method === 'events.append');
  await expect(run.record({ type: 'log' })).rejects.toThrow();
  faulty.disarm();
  const told = await read();
  expect(told['runchart.feed.lag']?.points).toMatchObject([{ value: 3 }]);
  const failed = told['runchart.append.duration']?.points.map(({ attributes }) => attributes);
  expect(failed).toContainEqual({ 'error.type': 'UNKNOWN' });
  await reading.return?.();
  await runtime.close();
  await shutdown();
});

it('without any SDK nothing comes of it, and no log has a trace', async () => {
  metrics.disable();
  await using runtime = await open({ definitions: [job(false)], telemetry: openTelemetry() });
  const run = await runtime.start('job');
  await run.result();
  for await (const { event } of run.events({ live: false })) {
    expect(event).not.toHaveProperty('trace');
  }
});
