import type { RunSnapshot, RunStatus } from '../machines/index.ts';
import type { StoredEvent } from '../stores/index.ts';

/** What one durable write came to, or did not. */
export interface AppendSignal {
  readonly type: 'append';
  /** One per run. */
  readonly commits: number;
  readonly events: number;
  /** Characters of JSON of the events. */
  readonly bytes: number;
  /** Milliseconds from handing the batch to the store until its answer. */
  readonly durationMs: number;
  /** How the commits fared; all 0 when the write failed. */
  readonly stored: number;
  readonly repeated: number;
  /** Refused because somebody else wrote first, or the run is not there, or is there already. */
  readonly refused: number;
  /** Why the whole write failed. Whether it was stored the log tells. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** Why an attempt began. */
export type AttemptCause =
  /** The first of the run. */
  | 'new'
  /** What the run waited for has come. */
  | 'woken'
  /** The owner before let it go by closing. */
  | 'released'
  /** The owner before is dead, or this one could not go on: its store failed. */
  | 'crashed';

/**
 * What a runtime tells beside the logs of its runs, as plain data. `atMs` is by the runtime's clock, in epoch
 * milliseconds; durations are in milliseconds of the system. New types may be added: observers MUST let
 * pass what they do not know.
 */
export type RuntimeSignal = { readonly atMs: number } & (
  | { readonly type: 'runtime.opened'; readonly location: string; readonly durationMs: number }
  /** It takes no new runs. */
  | { readonly type: 'runtime.draining' }
  | { readonly type: 'runtime.closed'; readonly durationMs: number; readonly driven: number }
  | AppendSignal
  /** Events of a run are durable, and were written here. Told in order of `seq`, before the callers hear of it. */
  | {
      readonly type: 'run.stored';
      /** null: the run was created. */
      readonly before: RunStatus | null;
      readonly snapshot: RunSnapshot;
      /** With their payloads, as JSON text. */
      readonly events: readonly StoredEvent[];
    }
  /** An attempt of a run has begun here. */
  | {
      readonly type: 'attempt.begun';
      readonly runId: string;
      readonly definition: string | null;
      readonly attempt: number;
      readonly epoch: number;
      readonly cause: AttemptCause;
      /** Who drove the run before; null: nobody. */
      readonly fromOwner: string | null;
    }
  /** A run whose owner died was ended, because the policy of recovery is `fail`. */
  | { readonly type: 'run.abandoned'; readonly runId: string; readonly fromOwner: string | null }
  /** A run that nobody drives is not taken over here. Told once per run. */
  | {
      readonly type: 'run.left';
      readonly runId: string;
      readonly owner: string | null;
      /** For people. */
      readonly why: string;
    }
  /** A run that was driven here was taken over: what was sent under `epoch` is refused from now on. */
  | {
      readonly type: 'run.fenced';
      readonly runId: string;
      readonly epoch: number;
      readonly newEpoch: number;
    }
  /** What others left behind was looked for. */
  | { readonly type: 'recovery.swept'; readonly durationMs: number; readonly queued: number }
  /** What `onError` is told of. */
  | { readonly type: 'fault'; readonly error: unknown }
);

type Untimed<S> = S extends unknown ? Omit<S, 'atMs'> : never;

/** A signal without its time, as those who tell it have it. */
type Told = Untimed<RuntimeSignal>;

/** Where signals go. undefined: nobody listens, and nothing is made for them. */
export type Tap = ((signal: Told) => void) | undefined;
