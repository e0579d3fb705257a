import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  appendList,
  createRuntime,
  defineRun,
  type ExecuteContext,
  type Json,
  lastWriteWins,
  type Run,
  type RunDefinition,
  type RunSnapshot,
  type Runtime,
} from '../../../src/index.ts';
import { sqlite } from '../../../src/stores/sqlite/index.ts';

type Context = ExecuteContext<string, undefined>;
const HOUR_MS = 3_600_000;

const KINDS: Readonly<Record<string, (context: Context) => Promise<Json>>> = {
  done: async ({ outputs }) => {
    await outputs.partial('done'.repeat(1_000));
    return 'done';
  },
  fails: () => {
    const cause = new Error('no route to host');
    throw new Error('it did not work', { cause });
  },
  /** A question between two checkpoints. */
  approve: async ({ state, checkpoint, interrupt }) => {
    await state.update({ notes: 'built', target: 'staging' });
    await checkpoint('built');
    const schema = { type: 'boolean' } as const;
    const ok = await interrupt<boolean>({ name: 'approve', question: 'Deploy now?', schema });
    await state.update({ notes: ok ? 'approved' : 'refused' });
    await checkpoint('answered');
    return state.values();
  },
  /** Anything will do, for an hour. */
  talk: ({ interrupt }) => interrupt({ question: 'What now?', expiresInMs: HOUR_MS }),
  /** A text, and then an object. */
  form: async ({ interrupt }) => {
    const name = await interrupt({
      name: 'name',
      question: 'Whose?',
      schema: { type: 'string', minLength: 2 },
    });
    const size = await interrupt({
      name: 'size',
      question: 'How much?',
      schema: {
        type: 'object',
        properties: { count: { type: 'integer' }, note: { type: 'string' } },
        required: ['count'],
      },
    });
    return { name, size };
  },
  sleep: async ({ sleepUntil }) => {
    await sleepUntil(Date.now() + HOUR_MS);
    return null;
  },
  receive: async ({ receive }) => [await receive(), await receive()],
  works: async ({ signal }) => {
    await sleep(HOUR_MS, undefined, { signal });
    return null;
  },
  parent: ({ child }) => child(deploy, 'approve', { prompt: 'the child' }),
};

const deploy: RunDefinition<string, undefined, Json> = defineRun<string, undefined, Json>({
  name: 'deploy',
  version: '7',
  state: { notes: appendList(), target: lastWriteWins() },
  execute: (context) => {
    const work = KINDS[context.input];
    if (work === undefined) throw new TypeError(`Expected a kind, got ${context.input}`);
    return work(context);
  },
});

/** How a run ended. */
export interface Outcome {
  readonly status: RunSnapshot['status'];
  readonly result: unknown;
}

/** A runtime with the definition, over the store that the command line has in a folder. */
export async function openDeploy(
  folder: string,
  recovery: 'leave' | 'resume' = 'leave',
): Promise<Runtime> {
  mkdirSync(join(folder, '.runchart'), { recursive: true });
  const stores = sqlite(join(folder, '.runchart/runs.db'));
  return createRuntime({ stores, definitions: [deploy], recovery });
}

/** Starts runs, one after the other, each until it waits, is over, or works as long as it is let. */
export async function startKinds(runtime: Runtime, kinds: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const kind of kinds) {
    const deadlineAtMs = Date.now() + 48 * HOUR_MS;
    const run = await runtime.start(deploy, { input: kind, prompt: kind, deadlineAtMs });
    const isSettled = ({ status, attempt, waiting }: RunSnapshot): boolean =>
      waiting !== null ||
      ['completed', 'failed'].includes(status) ||
      (attempt > 0 && ['works', 'parent'].includes(kind));
    await until(run, isSettled);
    // Parked or not: what it waits for is in the log by then.
    await until(run, ({ waiting }) => waiting === null || waiting.parked !== null);
    ids.push(run.id);
  }
  return ids;
}

/** Goes on with a run until it is over. */
export async function outcomeOf(runtime: Runtime, runId: string): Promise<Outcome> {
  const run = await runtime.get(runId);
  await until(run, ({ status }) => ['completed', 'failed', 'cancelled'].includes(status));
  const { status, result } = await run.snapshot();
  return { status, result };
}

async function until(run: Run<unknown>, isSo: (snapshot: RunSnapshot) => boolean): Promise<void> {
  while (!isSo(await run.snapshot())) await sleep(10);
}
