import { z } from 'zod';

/**
 * What leaves the server, member by member. The types of these are those that the library itself has: a
 * test of types holds the two together.
 */
const json = z.unknown().describe('Any JSON.');
const instant = z.number().describe('Epoch milliseconds.');
const count = z.int().nonnegative();

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().describe('Stable: match on this, never on the texts.'),
    retryable: z.boolean().describe('The same request may succeed later, with nothing changed.'),
  })
  .meta({
    id: 'Problem',
    description: 'RFC 9457 problem details, served as application/problem+json.',
  });

export const runStatus = z
  .enum(['created', 'planning', 'executing', 'verifying', 'completed', 'failed', 'cancelled'])
  .meta({ id: 'RunStatus' });

const terminalStatus = z.enum(['completed', 'failed', 'cancelled']).meta({ id: 'TerminalStatus' });

const failure = z
  .object({
    name: z.string(),
    message: z.string(),
    code: z.string().exactOptional(),
    stack: z.string().exactOptional(),
    get cause() {
      return failure.exactOptional();
    },
  })
  .meta({ id: 'RunFailure' });

const checkStatus = z.enum(['passed', 'failed', 'needs_review', 'skipped']);

const verificationReport = z.object({
  summary: checkStatus,
  checks: z.array(
    z.object({
      name: z.string(),
      status: checkStatus,
      required: z.boolean(),
      evidence: json.exactOptional(),
    }),
  ),
});

const waiting = z.object({
  interrupts: z.array(z.string()),
  parked: z.enum(['waiting', 'released']).nullable(),
  wakeAtMs: instant.nullable(),
});

export const snapshot = z
  .object({
    v: z.int(),
    runId: z.string(),
    sessionId: z.string(),
    definition: z.string().nullable(),
    version: z.string().nullable(),
    parentRunId: z.string().nullable(),
    forkedFrom: z.object({ runId: z.string(), superStep: z.int(), version: z.int() }).nullable(),
    deadlineAtMs: instant.nullable(),
    status: runStatus,
    requireVerification: z.boolean(),
    epoch: z.int(),
    eventCount: count,
    lateCount: count,
    createdAtMs: instant,
    updatedAtMs: instant,
    prompt: z.string(),
    result: json,
    error: failure.nullable(),
    cancelReason: z.string().nullable(),
    verification: verificationReport.nullable(),
    attempt: count,
    waiting: waiting.nullable(),
  })
  .meta({ id: 'RunSnapshot', description: 'What a run is now: the fold of its log.' });

export const runInfo = z
  .object({
    snapshot,
    owner: z
      .object({ id: z.string(), alive: z.boolean() })
      .nullable()
      .describe('Who drives the run. One that is not alive left it behind.'),
    isStalled: z.boolean(),
  })
  .meta({ id: 'RunInfo' });

export const runCounts = z
  .object({
    created: count,
    planning: count,
    executing: count,
    verifying: count,
    completed: count,
    failed: count,
    cancelled: count,
  })
  .meta({ id: 'RunCounts', description: 'How many runs have each status.' });

export const runHandle = z
  .object({
    runId: z.string(),
    sessionId: z.string(),
    epoch: z
      .int()
      .nullable()
      .describe('Of a run that the caller drives: to be sent as Run-Epoch with what it records.'),
  })
  .meta({ id: 'RunHandle' });

export const runList = z.object({
  runs: z.array(runInfo),
  nextCursor: z.string().nullable(),
});

export const envelope = z
  .object({
    eventId: z.string(),
    runId: z.string(),
    sessionId: z.string(),
    seq: z.int().positive(),
    emittedAtMs: instant,
    epoch: z.int(),
    late: z.boolean(),
    event: z.looseObject({ type: z.string() }),
  })
  .meta({ id: 'Envelope' });

export const eventPage = z.object({
  events: z.array(envelope),
  nextAfter: count.describe('What to pass as `after` for the next page.'),
});

export const receipt = z
  .object({
    outcome: z.enum(['completed', 'failed', 'cancelled', 'already-cancelled', 'already-terminal']),
    status: terminalStatus,
    seq: z.int().positive(),
  })
  .meta({ id: 'Receipt', description: 'Who decided how the run ends.' });

const content = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('inline'), value: json }),
  z.object({
    kind: z.literal('file'),
    path: z.string(),
    mime: z.string().exactOptional(),
    size: count.describe('Bytes.'),
    sha256: z.string(),
  }),
]);

const outputEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), stage: z.string(), note: z.string().exactOptional() }),
  z.object({ type: z.literal('partial'), chunk: content }),
  z.object({ type: z.literal('artifact'), name: z.string(), content }),
  z.object({ type: z.literal('final'), content, ok: z.boolean() }),
]);

export const outputRecord = z
  .object({
    id: z.string(),
    runId: z.string(),
    taskId: z.string(),
    attempt: z.int(),
    producer: z.string(),
    event: outputEvent,
    parentRefs: z.array(z.string()),
    createdAtMs: instant,
  })
  .meta({ id: 'OutputRecord' });

const checkpointMetaFields = {
  definition: z.string(),
  runId: z.string(),
  superStep: z.int().nonnegative(),
  version: z.int().positive(),
  label: z.string().nullable(),
  createdAtMs: instant,
};
export const checkpointMeta = z.object(checkpointMetaFields).meta({ id: 'CheckpointMeta' });
export const checkpoint = z
  .object({ ...checkpointMetaFields, values: z.record(z.string(), json) })
  .meta({ id: 'Checkpoint' });

export const interrupt = z
  .object({
    id: z.string(),
    runId: z.string(),
    name: z.string(),
    question: z.string(),
    schema: json.describe('JSON Schema of the answer; null for any JSON.'),
    askedAtMs: instant,
    expiresAtMs: instant.nullable(),
    token: z.string().describe('Entitles to one answer of this interrupt.'),
  })
  .meta({ id: 'Interrupt' });

export const verification = z
  .object({
    runId: z.string(),
    ok: z.boolean(),
    events: count,
    problems: z.array(z.string()),
    notes: z.array(z.string()),
    sha256: z.string().nullable(),
    chain: z
      .object({
        state: z.enum(['whole', 'broken', 'none']),
        head: z.string().nullable(),
        brokenAt: z.int().nullable(),
      })
      .nullable(),
  })
  .meta({ id: 'Verification' });

export const explanation = z
  .object({
    runId: z.string(),
    snapshot,
    firstSeq: z.int(),
    path: z.array(
      z.object({
        seq: z.int(),
        type: z.string(),
        from: runStatus.nullable(),
        to: runStatus,
      }),
    ),
    late: z.array(z.object({ seq: z.int(), type: z.string(), why: z.string() })),
    idle: z.array(
      z.object({
        type: z.string(),
        status: runStatus,
        count,
        seqs: z.array(z.tuple([z.int(), z.int()])),
        why: z.string(),
      }),
    ),
    waitsFor: z.array(z.string()),
    commands: z.array(
      z.object({
        command: z.string(),
        outcome: z.enum(['recorded', 'late', 'nothing', 'refused']),
        status: runStatus,
        code: z.string().exactOptional(),
        why: z.string(),
      }),
    ),
  })
  .meta({ id: 'Explanation' });

export const definitionInfo = z
  .object({
    name: z.string(),
    version: z.string().nullable(),
    resumes: z.array(z.string()).describe('Earlier versions whose runs it goes on with.'),
    kind: z.enum(['code', 'machine']),
    channels: z.array(
      z.object({ name: z.string(), reducer: z.string().nullable(), initial: json }),
    ),
    inputSchema: json.describe('JSON Schema of the input; null where none can be told.'),
    hasPlan: z.boolean(),
    hasVerify: z.boolean(),
  })
  .meta({ id: 'DefinitionInfo' });

export const forkCheck = z
  .object({ values: z.record(z.string(), json) })
  .meta({ id: 'ForkCheck', description: 'What the fork would begin with.' });

export const pruneReport = z
  .object({
    runs: z.array(z.string()),
    kept: z.array(z.string()),
    blobs: count,
    blobBytes: count,
  })
  .meta({ id: 'PruneReport' });

export const runtimeReport = z
  .object({
    facts: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
    problems: z.array(z.string()),
    location: z.string(),
    abandoned: z.array(runInfo.extend({ why: z.string() })),
  })
  .meta({ id: 'RuntimeReport' });

export const health = z.object({ status: z.enum(['ok', 'draining', 'failing']) });
