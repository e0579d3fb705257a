import type { ListOptions, RunInfo, RunList, Runtime } from '../../index.ts';
import { EXIT } from '../cli-error.ts';
import type { Command, OptionValues } from '../command.ts';
import { durationOf, statusOf, textOf, wholeOf } from '../option-values.ts';
import { isLeftBehind, statusText } from '../run-standing.ts';
import { findRun } from '../runs.ts';
import { commandLine, withStore } from '../store.ts';
import { paintStatus } from '../terminal/status-style.ts';
import { tableLines } from '../terminal/table.ts';
import { age } from '../terminal/time.ts';

const DEFAULT_LIMIT = 50;
/** Characters of an id on a terminal: `run_` and 8 of its own tell 10,000 runs apart. */
const SHORT_ID = 12;

/** `runchart ls`: the runs, newest first. */
export const ls: Command = {
  name: 'ls',
  operands: '',
  summary: 'List runs, newest first',
  options: {
    status: { type: 'string', value: 'S', help: 'only runs of this status' },
    session: { type: 'string', value: 'S', help: 'only runs of this session' },
    definition: { type: 'string', value: 'D', help: 'only runs of this definition' },
    parent: { type: 'string', value: 'RUN', help: 'only the children of this run' },
    'fork-of': {
      type: 'string',
      value: 'RUN',
      help: 'only runs that began with a checkpoint of it',
    },
    text: {
      type: 'string',
      value: 'T',
      help: 'only runs in whose id, session, prompt, result or error it stands',
    },
    attention: {
      type: 'boolean',
      help: 'only active runs that are stalled, left behind, or ask something',
    },
    since: { type: 'string', value: 'TIME', help: 'only runs begun so long ago or later: 2d, 3h' },
    oldest: { type: 'boolean', help: 'oldest first' },
    limit: { type: 'string', value: 'N', help: `at most N runs, default ${DEFAULT_LIMIT}` },
  },
  minPositionals: 0,
  maxPositionals: 0,
  run: async (context) => {
    const { options, stdout } = context;
    const limit = wholeOf(options, 'limit', 1) ?? DEFAULT_LIMIT;
    const filter = filterOf(options);
    const { runs, nextCursor } = await withStore(context, async (runtime) =>
      listUpTo(runtime, { ...filter, ...(await relativesOf(runtime, options)) }, limit),
    );
    if (options['json'] === true) {
      for (const info of runs) await stdout.write(`${JSON.stringify(info)}\n`);
      return EXIT.ok;
    }
    if (runs.length === 0) {
      await context.stderr.write('no runs\n');
      return EXIT.ok;
    }
    const nowMs = Date.now();
    const idLength = stdout.isTTY ? uniqueLength(runs) : Infinity;
    const lines = tableLines<RunInfo>(
      [
        { title: 'RUN', cell: ({ snapshot }) => snapshot.runId.slice(0, idLength) },
        {
          title: 'STATUS',
          cell: statusText,
          paint: (text, info) =>
            paintStatus(stdout, info.snapshot.status, text, isLeftBehind(info)),
        },
        { title: 'SESSION', cell: sessionText, dropOrder: 2 },
        {
          title: 'AGE',
          cell: ({ snapshot }) => age(nowMs - snapshot.createdAtMs),
          alignRight: true,
          dropOrder: 1,
        },
        {
          title: 'EVENTS',
          cell: ({ snapshot }) => String(snapshot.eventCount),
          alignRight: true,
          dropOrder: 3,
        },
        { title: 'PROMPT', cell: ({ snapshot }) => snapshot.prompt || (snapshot.definition ?? '') },
      ],
      runs,
      { width: stdout.columns(), style: stdout.style },
    );
    await stdout.write(`${lines.join('\n')}\n`);
    if (nextCursor !== null) {
      const more = commandLine(context, 'ls', '--limit', String(limit * 10));
      await context.stderr.write(`there are more: ${more}\n`);
    }
    return EXIT.ok;
  },
};

/** So many runs, if there are: a search may answer pages that have fewer. */
async function listUpTo(runtime: Runtime, filter: ListOptions, limit: number): Promise<RunList> {
  const runs: RunInfo[] = [];
  let cursor: string | null | undefined;
  do {
    const behind = typeof cursor === 'string' ? { cursor } : {};
    const page: RunList = await runtime.list({ ...filter, ...behind, limit: limit - runs.length });
    runs.push(...page.runs);
    cursor = page.nextCursor;
  } while (cursor !== null && runs.length < limit);
  return { runs, nextCursor: cursor };
}

function filterOf(options: OptionValues): ListOptions {
  const text = textOf(options, 'text');
  const since = durationOf(options, 'since');
  const status = statusOf(options);
  const sessionId = textOf(options, 'session');
  const definition = textOf(options, 'definition');
  return {
    ...(status !== undefined && { status }),
    ...(sessionId !== undefined && { sessionId }),
    ...(definition !== undefined && { definition }),
    ...(text !== undefined && { text }),
    ...(options['attention'] === true && { needsAttention: true }),
    ...(since !== undefined && { createdFromMs: Math.max(0, Date.now() - since) }),
    ...(options['oldest'] === true && { order: 'oldest' }),
  };
}

/** Runs are named here as everywhere: by the beginning of an id, too. */
async function relativesOf(runtime: Runtime, options: OptionValues): Promise<ListOptions> {
  const idOf = async (name: string): Promise<string> =>
    (await findRun(runtime, name)).snapshot.runId;
  const parent = textOf(options, 'parent');
  const source = textOf(options, 'fork-of');
  return {
    ...(parent !== undefined && { parentRunId: await idOf(parent) }),
    ...(source !== undefined && { forkedFrom: await idOf(source) }),
  };
}

/** A run without a session of its own has one of its own name. */
function sessionText({ snapshot: { sessionId, runId } }: RunInfo): string {
  return sessionId === runId ? '-' : sessionId.slice(0, 20);
}

/** As many characters as the listed ids need to be told apart. */
function uniqueLength(runs: readonly RunInfo[]): number {
  let length = SHORT_ID;
  const distinct = (): number =>
    new Set(runs.map(({ snapshot }) => snapshot.runId.slice(0, length))).size;
  while (distinct() < runs.length) length += 1;
  return length;
}
