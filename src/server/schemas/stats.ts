import { z } from 'zod';

/** What a runtime does now, as it leaves the server. */
const instant = z.number().describe('Epoch milliseconds.');
const count = z.int().nonnegative();

const lane = z.object({
  sessionId: z.string(),
  runId: z.string().nullable(),
  state: z.enum(['driven', 'ready', 'waiting']),
  queued: count,
  next: z.array(z.string()),
});

const milliseconds = z.number().nonnegative();

export const runtimeStats = z
  .object({
    nowMs: instant,
    status: z.enum(['opening', 'recovering', 'running', 'draining', 'closing', 'closed']),
    statusSinceMs: instant,
    createdAtMs: instant,
    ownerId: z.string().nullable(),
    driven: z.object({
      count,
      runs: z.array(z.object({ runId: z.string(), attempt: count, sinceMs: instant })),
    }),
    dispatch: z
      .object({
        concurrency: count,
        driven: count,
        queued: count,
        waiting: count,
        sessions: count,
        lanes: z.array(lane),
      })
      .nullable(),
    appends: z.object({
      batches: count,
      commits: count,
      events: count,
      bytes: count,
      failures: count,
      refused: count,
      batchSize: z.object({ mean: z.number(), max: count }).nullable(),
      latency: z
        .object({ count, p50Ms: milliseconds, p99Ms: milliseconds, maxMs: milliseconds })
        .nullable(),
    }),
    feed: z.object({ readers: count, runs: count, paging: count, lagEvents: count }),
    recovery: z.object({ sweeps: count, recovered: count, abandoned: count }),
    store: z.object({ location: z.string(), bytes: count.nullable() }),
  })
  .meta({ id: 'RuntimeStats', description: 'Counts are exact; lists have at most 100 entries.' });
