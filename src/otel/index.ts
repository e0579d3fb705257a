/**
 * Spans and metrics of runs for OpenTelemetry. Needs `@opentelemetry/api`, and an SDK that exports what it is given:
 * without one nothing comes of it.
 * @module
 */
export { openTelemetry, type OpenTelemetryOptions } from './open-telemetry.ts';
