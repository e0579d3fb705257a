import {
  type Envelope,
  isRunchartError,
  type ListOptions,
  type Run,
  type RunInfo,
  RunchartError,
  type Runtime,
} from '../index.ts';
import { CliError, usageError } from './cli-error.ts';
import { oneLine } from './terminal/text.ts';

/** Runs per page while looking for one by the beginning of its id. */
const PAGE_RUNS = 1_000;
/** Ids that are named when a beginning fits several. */
const MAX_NAMED = 5;

/** Every run that the store has, or every one that is asked for, newest first. */
export async function* allRuns(
  runtime: Pick<Runtime, 'list'>,
  filter: Omit<ListOptions, 'limit' | 'cursor'> = {},
): AsyncGenerator<RunInfo, void, void> {
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const query = { ...filter, limit: PAGE_RUNS, ...(cursor !== undefined && { cursor }) };
    const page = await runtime.list(query);
    yield* page.runs;
    cursor = page.nextCursor;
  }
}

/** The run that is meant by an id, the beginning of one (`run_` may be left out) or `@last`. */
export async function findRun(runtime: Runtime, name: string): Promise<RunInfo> {
  if (name === '') throw usageError('RUN is empty');
  if (name === '@last') return lastRun(runtime);
  const exact = await infoOf(runtime, name);
  if (exact !== undefined) return exact;
  const found: RunInfo[] = [];
  for await (const info of allRuns(runtime)) {
    if (isNamed(info.snapshot.runId, name)) found.push(info);
  }
  const [only, ...others] = found;
  if (only === undefined) {
    const shown = oneLine(name);
    throw new RunchartError(
      'RUN_NOT_FOUND',
      `There is no run ${shown} in this store; runchart ls lists the runs.`,
    );
  }
  if (others.length === 0) return only;
  const ids = found.slice(0, MAX_NAMED).map(({ snapshot }) => snapshot.runId);
  const more = found.length > MAX_NAMED ? ', …' : '';
  throw new CliError(
    'RUN_AMBIGUOUS',
    `${name} fits ${found.length} runs: ${ids.join(', ')}${more}`,
  );
}

/** Whether a run may be called that: the beginning of its id will do. */
export function isNamed(runId: string, name: string): boolean {
  return runId.startsWith(name) || runId.startsWith(`run_${name}`);
}

/** The same run as something to look into and to command. */
export async function openRun(
  runtime: Runtime,
  name: string,
): Promise<{ readonly run: Run; readonly info: RunInfo }> {
  const info = await findRun(runtime, name);
  return { run: await runtime.get(info.snapshot.runId), info };
}

/** The events that are stored now, from the one after `afterSeq` on. */
export function storedEvents(run: Run, afterSeq = 0): AsyncGenerator<Envelope, void, void> {
  return run.events({ afterSeq, live: false });
}

async function lastRun(runtime: Runtime): Promise<RunInfo> {
  const { runs } = await runtime.list({ limit: 1 });
  if (runs[0] !== undefined) return runs[0];
  throw new RunchartError('RUN_NOT_FOUND', 'There is no run in this store yet.');
}

async function infoOf(runtime: Runtime, runId: string): Promise<RunInfo | undefined> {
  try {
    return await runtime.info(runId);
  } catch (error) {
    if (isRunchartError(error, 'RUN_NOT_FOUND')) return undefined;
    throw error;
  }
}
