import { z } from 'zod';
import type { ForkEdits } from '../../fork-run.ts';
import type { Json } from '../../json.ts';
import type { RunEvent } from '../../machines/index.ts';
import { runStatus } from './answers.ts';

/** What comes in. Members that nobody knows are refused: a misspelt one would be ignored in silence. */
const MAX_PAGE = 1_000;

const json = z.unknown().describe('Any JSON.') as z.ZodType<Json>;
/**
 * Passed on as it is, whatever the names of its members: what zod builds anew loses a `__proto__`. What is
 * no event the run itself refuses.
 */
const event = z
  .unknown()
  .optional()
  .meta({
    type: 'object',
    properties: { type: { type: 'string' } },
    required: ['type'],
  }) as z.ZodType<RunEvent>;
const edits = z
  .unknown()
  .refine(isEdits, 'it is no object and no list of [channel, value]')
  .meta({
    oneOf: [
      { type: 'object' },
      {
        type: 'array',
        items: { type: 'array', prefixItems: [{ type: 'string' }, {}], minItems: 2, maxItems: 2 },
      },
    ],
    description: 'Values of channels by name, or a list of [channel, value].',
  }) as z.ZodType<NonNullable<ForkEdits['edits']>>;
/** `.` and `..` have no place in a path. */
const name = z
  .string()
  .min(1)
  .max(256)
  .regex(/^(?!\.{1,2}$)/);
const count = z.int().nonnegative();

/** Numbers and flags of the query are text. */
const queryCount = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);
const limit = z
  .string()
  .regex(/^([1-9]\d{0,2}|1000)$/)
  .transform(Number)
  .describe(`From 1 to ${MAX_PAGE}.`);
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
/** One or several, separated by commas. */
const statuses = z
  .string()
  .min(1)
  .transform((text) => text.split(','))
  .pipe(z.array(runStatus))
  .describe('One status, or several separated by commas.');

const newRun = {
  prompt: z.string().exactOptional(),
  sessionId: name.exactOptional(),
  runId: name.exactOptional(),
  requireVerification: z.boolean().exactOptional(),
};

export const params = {
  definition: name,
  runId: name,
  outputId: name,
  interruptId: name,
  superStep: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
};

export const none = z.strictObject({});

export const startRun = z.strictObject({
  ...newRun,
  definition: name,
  input: json.exactOptional(),
  priority: z.number().exactOptional(),
  deadlineAtMs: z.number().exactOptional(),
  inputs: z.array(z.string()).exactOptional(),
});

export const openRun = z.strictObject({ ...newRun, definition: name.exactOptional() });

export const forkRun = z.strictObject({
  ...newRun,
  superStep: count.exactOptional(),
  edits: edits.exactOptional(),
  throughReducers: z.boolean().exactOptional(),
  priority: z.number().exactOptional(),
});

export const checkFork = forkRun.pick({ superStep: true, edits: true, throughReducers: true });

export const listRuns = z.strictObject({
  status: statuses.exactOptional(),
  sessionId: z.string().exactOptional(),
  definition: z.string().exactOptional(),
  parentRunId: z.string().exactOptional(),
  forkedFrom: z.string().exactOptional(),
  createdFromMs: queryCount.exactOptional(),
  createdBeforeMs: queryCount.exactOptional(),
  order: z.enum(['newest', 'oldest']).exactOptional(),
  text: z.string().exactOptional(),
  needsAttention: flag.exactOptional(),
  limit: limit.exactOptional(),
  cursor: z.string().exactOptional(),
});

export const countRuns = z.strictObject({
  sessionId: z.string().exactOptional(),
  definition: z.string().exactOptional(),
});

export const recordEvent = z.strictObject({
  event,
  expectedSeq: count.exactOptional(),
});

export const readEvents = z.strictObject({
  after: queryCount.exactOptional(),
  limit: limit.exactOptional(),
});

export const followChanges = z.strictObject({
  paceMs: z
    .string()
    .regex(/^([1-5]?\d{1,4}|60000)$/)
    .transform(Number)
    .describe('Milliseconds, at most 60,000, between two of what is told: each run once.')
    .exactOptional(),
});

export const sendSignal = z.strictObject({ signal: json, expectedSeq: count.exactOptional() });
export const completeRun = z.strictObject({ result: json.exactOptional() });
export const failRun = z.strictObject({ error: json });
export const cancelRun = z.strictObject({ reason: z.string().exactOptional() });

const outputOptions = {
  producer: z.string().exactOptional(),
  taskId: z.string().exactOptional(),
  parentRefs: z.array(z.string()).exactOptional(),
};

export const giveOutput = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('progress'),
    stage: z.string(),
    note: z.string().exactOptional(),
    ...outputOptions,
  }),
  z.strictObject({ kind: z.literal('partial'), value: json, ...outputOptions }),
  z.strictObject({ kind: z.literal('artifact'), name: z.string(), value: json, ...outputOptions }),
  z.strictObject({
    kind: z.literal('final'),
    value: json,
    ok: z.boolean().exactOptional(),
    ...outputOptions,
  }),
]);

/** Lists of ids are separated by commas, in a query. */
const ids = z.string().transform((text) => (text === '' ? [] : text.split(',')));

export const giveContent = z.strictObject({
  name: z.string().min(1),
  fileName: z.string().exactOptional(),
  producer: z.string().exactOptional(),
  taskId: z.string().exactOptional(),
  parentRefs: ids.exactOptional(),
});

export const listOutputs = z.strictObject({
  afterId: z.string().exactOptional(),
  limit: limit.exactOptional(),
  reverse: flag.exactOptional(),
  attempt: queryCount.exactOptional(),
  taskId: z.string().exactOptional(),
});

export const latestOutput = z.strictObject({
  producer: z.string().exactOptional(),
  artifact: z.string().exactOptional(),
  scope: z.enum(['run', 'all']).exactOptional(),
});

export const answerInterrupt = z.strictObject({ token: z.string(), value: json.exactOptional() });

export const verifyRun = z.strictObject({
  blobs: flag.exactOptional(),
  chain: flag.exactOptional(),
});

export const pruneRuns = z.strictObject({
  olderThanMs: z.number().nonnegative().exactOptional(),
  statuses: z.array(z.enum(['completed', 'failed', 'cancelled'])).exactOptional(),
  sessionId: z.string().exactOptional(),
  definition: z.string().exactOptional(),
  keepPerSession: count.exactOptional(),
  keepEvents: count.exactOptional(),
  dryRun: z.boolean().exactOptional(),
});

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEdits(value: unknown): boolean {
  if (!Array.isArray(value)) return isObject(value);
  return value.every(
    (pair) => Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string',
  );
}

export const chart = z.strictObject({ direction: z.enum(['right', 'down']).exactOptional() });
