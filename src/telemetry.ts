import type { SupervisorStats } from './actors/index.ts';
import type { TraceContext } from './machines/index.ts';
import type { Observer } from './observer.ts';
import type { StepTry } from './work/index.ts';

/**
 * What follows runs from outside the log: spans and metrics. `runchart/otel` makes one for OpenTelemetry. Whatever
 * it throws goes to `onError`, and no run is other for it.
 */
export interface Telemetry {
  /** Called once, before anything else. What it answers is called when the runtime is closed. */
  open?(port: TelemetryPort): () => void;
  readonly observe?: Observer;
  /** A run is about to be created, by code that has the caller's asynchronous context. */
  birth?(run: NewRun): Birth | undefined;
  /**
   * A try of a step is about to begin. MUST call `work` once, at once: the step's code runs in the asynchronous context
   * of that call. The step goes by what `work` answers, and not by what becomes of this.
   */
  around?(step: StepTry, work: () => Promise<unknown>): void;
}

/** What telemetry may ask of its runtime. */
export interface TelemetryPort {
  /** What the log of a run has; undefined when it has none, null when it cannot be read. Never rejects. */
  readonly traceOf: (runId: string) => Promise<TraceContext | undefined | null>;
  readonly stats: () => SupervisorStats;
  /** For what fails later than the call that caused it. */
  readonly onError: (error: unknown) => void;
}

export interface NewRun {
  readonly runId: string;
  readonly sessionId: string;
  readonly definition: string | null;
  /** The step that starts it as a child. */
  readonly parent?: { readonly runId: string; readonly stepId: string };
  /** The run whose checkpoint it begins with. */
  readonly forkedFrom?: { readonly runId: string; readonly trace: TraceContext | undefined };
}

export interface Birth {
  /** What the log of the run will keep. */
  readonly trace: TraceContext;
  /** repeat: it is there already, from an earlier call, and has the trace of that time. */
  settled(outcome: 'created' | 'repeat' | 'failed', error?: unknown): void;
}

/** The same, and what it throws goes to `onError`. Work is done in any case, once. */
export function guarded(telemetry: Telemetry, onError: (error: unknown) => void): Telemetry {
  const attempt = <T>(call: () => T): T | undefined => {
    try {
      return call();
    } catch (error) {
      onError(error);
      return undefined;
    }
  };
  return {
    open: (port) => {
      const close = attempt(() => telemetry.open?.(port));
      return () => attempt(() => close?.());
    },
    birth: (run) => {
      const birth = attempt(() => telemetry.birth?.(run));
      return (
        birth && {
          trace: birth.trace,
          settled: (outcome, error) => attempt(() => birth.settled(outcome, error)),
        }
      );
    },
    around: (step, work) => attempt(() => telemetry.around?.(step, work)),
  };
}
