import type { Meter } from '@opentelemetry/api';
import type { RuntimeSignal } from '../actors/index.ts';
import type { Observer } from '../observer.ts';
import type { TelemetryPort } from '../telemetry.ts';
import { isTerminal } from '../machines/index.ts';
import { NAMES } from './attributes.ts';

/** Seconds: from a memory store to a disk that stalls. */
const APPEND_BUCKETS = [
  0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5,
];
/** Seconds: runs take moments, or days. */
const RUN_BUCKETS = [0.01, 0.1, 1, 5, 15, 60, 300, 1800, 7200, 43_200, 86_400, 604_800];
const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256];

export interface RunMetrics {
  readonly observe: Observer;
  /** Has the gauges read; answers what ends that. */
  watch(port: Pick<TelemetryPort, 'stats'>): () => void;
}

export function createMetrics(meter: Meter): RunMetrics {
  const runs = meter.createCounter('runchart.runs', {
    unit: '{run}',
    description: 'Runs that came to a status by an event written by this process.',
  });
  const runDuration = meter.createHistogram('runchart.run.duration', {
    unit: 's',
    description: 'From the creation of a run to its end.',
    advice: { explicitBucketBoundaries: RUN_BUCKETS },
  });
  const appendDuration = meter.createHistogram('runchart.append.duration', {
    unit: 's',
    description: 'A durable write of the store.',
    advice: { explicitBucketBoundaries: APPEND_BUCKETS },
  });
  const batchSize = meter.createHistogram('runchart.append.batch_size', {
    unit: '{commit}',
    description: 'Commits, of a run each, in one durable write.',
    advice: { explicitBucketBoundaries: BATCH_BUCKETS },
  });
  const events = meter.createCounter('runchart.events', {
    unit: '{event}',
    description: 'Events that were stored by this process.',
  });
  const recoveries = meter.createCounter('runchart.recoveries', {
    unit: '{run}',
    description: 'Runs that were gone on with after their owner died or let them go.',
  });
  const observe = (signal: RuntimeSignal): void => {
    if (signal.type === 'append') {
      const { durationMs, commits, error } = signal;
      const failed = error === undefined ? {} : { [NAMES.errorType]: error.code };
      appendDuration.record(durationMs / 1000, failed);
      batchSize.record(commits);
    } else if (signal.type === 'attempt.begun') {
      const { cause } = signal;
      if (cause === 'crashed' || cause === 'released') recoveries.add(1, { [NAMES.cause]: cause });
    } else if (signal.type === 'run.stored') {
      const { before, snapshot } = signal;
      const { status, definition, createdAtMs, updatedAtMs } = snapshot;
      events.add(signal.events.length);
      if (before === status) return;
      const about = {
        [NAMES.status]: status,
        ...(definition !== null && { [NAMES.agent]: definition }),
      };
      runs.add(1, about);
      if (isTerminal(status)) runDuration.record((updatedAtMs - createdAtMs) / 1000, about);
    }
  };
  return { observe, watch: (port) => watchGauges(meter, port) };
}

function watchGauges(meter: Meter, { stats }: Pick<TelemetryPort, 'stats'>): () => void {
  const lag = meter.createObservableGauge('runchart.feed.lag', {
    unit: '{event}',
    description: 'Events that are durable and not yet asked for by the slowest reader.',
  });
  const driven = meter.createObservableGauge('runchart.run.driven', {
    unit: '{run}',
    description: 'Runs that this process drives.',
  });
  const queued = meter.createObservableGauge('runchart.run.queued', {
    unit: '{run}',
    description: 'Runs that wait in this process for a place or for their turn.',
  });
  const read = (result: { observe: (gauge: typeof lag, value: number) => void }): void => {
    const now = stats();
    result.observe(lag, now.feed.lagEvents);
    result.observe(driven, now.driven.count);
    if (now.dispatch !== null) result.observe(queued, now.dispatch.queued);
  };
  meter.addBatchObservableCallback(read, [lag, driven, queued]);
  return () => meter.removeBatchObservableCallback(read, [lag, driven, queued]);
}
