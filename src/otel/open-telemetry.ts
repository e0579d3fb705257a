import { metrics, type MeterProvider, trace, type TracerProvider } from '@opentelemetry/api';
import type { Telemetry, TelemetryPort } from '../telemetry.ts';
import { createMetrics } from './run-metrics.ts';
import { RunSpans } from './run-spans.ts';

export interface OpenTelemetryOptions {
  /** Default: the global one. */
  readonly tracerProvider?: TracerProvider;
  /** Default: the global one. */
  readonly meterProvider?: MeterProvider;
  /**
   * Puts prompts, arguments, results and the texts of errors into spans. Default false: whoever may see traces
   * sees none of what users and models say.
   */
  readonly captureContent?: boolean;
}

const NAME = 'runchart';

/**
 * Telemetry for one runtime: `createRuntime({ stores, telemetry: openTelemetry() })`. A runtime of its own needs one
 * of its own. What providers and exporters throw goes to `onError`.
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Telemetry {
  const { tracerProvider = trace, meterProvider = metrics, captureContent = false } = options;
  const runMetrics = createMetrics(meterProvider.getMeter(NAME));
  const spans = new RunSpans(tracerProvider.getTracer(NAME), captureContent);
  let isOpen = false;
  return {
    open: (port: TelemetryPort) => {
      if (isOpen) throw new TypeError('Expected telemetry of its own for each runtime');
      isOpen = true;
      spans.open(port);
      const unwatch = runMetrics.watch(port);
      return () => {
        unwatch();
        spans.close();
      };
    },
    observe: (signal) => {
      // Metrics are told also of what the spans fail at.
      try {
        spans.observe(signal);
      } finally {
        runMetrics.observe(signal);
      }
    },
    birth: (run) => spans.birth(run),
    around: (step, work) => spans.around(step, work),
  };
}
