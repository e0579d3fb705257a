import { RunchartError } from '../errors.ts';
import { outputOrigins } from './output-pages.ts';
import type { RunQuery, RunRecord, Stores } from '../stores/index.ts';
import type { CopyOptions } from './copy-report.ts';

const PAGE_RUNS = 200;

/** A run of the source as it was when the copy was planned. */
export interface PlannedRun {
  readonly runId: string;
  readonly forkedFrom: string | null;
  readonly lastSeq: number;
  readonly epoch: number;
}

/** The runs to copy, in the order in which the source got them: what a run was forked from is in front of it. */
export async function plannedRuns(
  from: Stores,
  { runIds, sessionId }: CopyOptions,
): Promise<readonly PlannedRun[]> {
  const wanted =
    runIds === undefined && sessionId === undefined
      ? undefined
      : await withRelatives(from, await chosen(from, runIds ?? [], sessionId));
  const runs: PlannedRun[] = [];
  for await (const record of listed(from, { order: 'oldest' })) {
    const { runId, forkedFrom, lastSeq, epoch } = record;
    // Records come with snapshots, which are not to be kept for all of them.
    if (wanted?.has(runId) !== false) runs.push({ runId, forkedFrom, lastSeq, epoch });
  }
  return runs;
}

async function chosen(
  from: Stores,
  runIds: readonly string[],
  sessionId: string | undefined,
): Promise<readonly string[]> {
  for (const runId of runIds) {
    if ((await from.events.get(runId)) !== undefined) continue;
    throw new RunchartError('RUN_NOT_FOUND', `There is no run ${runId} in ${from.location}.`);
  }
  if (sessionId === undefined) return runIds;
  const found = [...runIds];
  for await (const { runId } of listed(from, { sessionId })) found.push(runId);
  return found;
}

/** A run that is copied alone would tell of others that are not there. */
async function withRelatives(
  from: Stores,
  runIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const wanted = new Set<string>();
  const waiting = [...runIds];
  for (let runId = waiting.pop(); runId !== undefined; runId = waiting.pop()) {
    if (wanted.has(runId)) continue;
    const record = await from.events.get(runId);
    // What it comes from may have been pruned.
    if (record === undefined) continue;
    wanted.add(runId);
    waiting.push(...(await relativesOf(from, record)));
  }
  return wanted;
}

async function relativesOf(
  from: Stores,
  { runId, parentRunId, forkedFrom }: RunRecord,
): Promise<readonly string[]> {
  const ids = [parentRunId, forkedFrom].filter((id) => id !== null);
  for await (const child of listed(from, { parentRunId: runId })) ids.push(child.runId);
  for await (const fork of listed(from, { forkedFrom: runId })) ids.push(fork.runId);
  return [...ids, ...(await outputOrigins(from, runId))];
}

async function* listed(
  { events }: Stores,
  filter: Partial<RunQuery>,
): AsyncGenerator<RunRecord, void, void> {
  for (let cursor: string | null | undefined; cursor !== null;) {
    const query = { ...filter, limit: PAGE_RUNS, ...(cursor !== undefined && { cursor }) };
    const page = await events.list(query);
    yield* page.runs;
    cursor = page.nextCursor;
  }
}
