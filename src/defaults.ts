import type { Limits } from './runtime.ts';

/** Runs driven at once unless `concurrency` says otherwise: agent runs mostly wait for others. */
export const DEFAULT_CONCURRENCY = 100;
/** How long `close` waits for work that was told to stop, in milliseconds. */
export const DEFAULT_GRACE_MS = 5_000;
export const DEFAULT_PAGE = 100;
/** Crashes after which a run is given up: more than deployments cause, less than a loop of crashes does. */
export const DEFAULT_MAX_ATTEMPTS = 10;
/** Without a word for this long, in milliseconds, a driven run is called stalled. */
export const DEFAULT_STALLED_AFTER_MS = 5 * 60 * 1000;
/** An append that takes so long, in milliseconds, is slow: hundreds of times what a disk needs. */
export const DEFAULT_SLOW_APPEND_MS = 500;
/** Milliseconds between two looks for owners that died: a look costs a question per owner of active runs. */
export const DEFAULT_SWEEP_MS = 1_000;
export const DEFAULT_LIMITS: Required<Limits> = {
  eventBytes: 1024 * 1024,
  eventsPerRun: 100_000,
  inlineOutputBytes: 64 * 1024,
  outputBytes: 1024 * 1024 * 1024,
};
