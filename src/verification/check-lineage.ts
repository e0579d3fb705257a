import { isTerminal, type RunSnapshot } from '../machines/index.ts';
import type { EventStore, RunQuery, RunRecord, Stores } from '../stores/index.ts';
import type { Findings } from './findings.ts';
import type { Gone } from './gone.ts';
import { readable } from './readable.ts';
import type { Told } from './told.ts';

type LineageStores = Pick<Stores, 'events' | 'checkpoints'>;

export interface Lineage {
  readonly snapshot: RunSnapshot;
  readonly told: Told;
  readonly isCut: boolean;
  readonly gone: Gone;
}

const PAGE_RUNS = 100;

/** The runs that this one comes from, and those that come from it: both sides tell of each other. */
export async function checkLineage(
  stores: LineageStores,
  lineage: Lineage,
  findings: Findings,
): Promise<void> {
  const { parentRunId } = lineage.snapshot;
  if (parentRunId !== null && (await stores.events.get(parentRunId)) === undefined) {
    await missing(lineage.gone, `its parent ${parentRunId}`, isActive(lineage), findings);
  }
  await checkSource(stores, lineage, findings);
  await checkDescendants(stores.events, lineage, CHILDREN, findings);
  await checkDescendants(stores.events, lineage, FORKS, findings);
}

function isActive({ snapshot }: Lineage): boolean {
  return !isTerminal(snapshot.status);
}

/** `isKept`: prune does not delete it as things stand, so that it did not. */
async function missing(
  gone: Gone,
  which: string,
  isKept: boolean,
  findings: Findings,
): Promise<void> {
  const { pruned, lost } = await gone();
  if (pruned > 0 && lost === 0 && !isKept) {
    findings.note(`${which} is not in the store any more: it was pruned`);
  } else findings.problem(`${which} is not in the store, and was not pruned`);
}

/** A fork keeps its source from being pruned, and the source's log tells of the fork. */
async function checkSource(
  { events, checkpoints }: LineageStores,
  { snapshot: { runId, status, definition, forkedFrom }, gone }: Lineage,
  findings: Findings,
): Promise<void> {
  if (forkedFrom === null) return;
  const { runId: sourceId, superStep, version } = forkedFrom;
  const source = await events.get(sourceId);
  if (source === undefined) return missing(gone, `its source ${sourceId}`, true, findings);
  const line = { definition: definition ?? '', runId: sourceId };
  const list = await readable(() => checkpoints.list(line));
  const isKept =
    list.ok && list.value.some((kept) => kept.superStep === superStep && kept.version === version);
  if (!isKept) {
    findings.problem(
      `it began with checkpoint ${superStep}, version ${version}, of run ${sourceId}, which is not there`,
    );
  }
  const told = await events.findByKey(sourceId, `fork ${runId}`);
  if (told?.some(({ payload }) => payload.includes(JSON.stringify(runId))) === true) return;
  const { firstSeq } = await events.read(sourceId, { limit: 0 });
  const what = `run ${sourceId}, whose checkpoint it began with, does not tell of it`;
  if (told === undefined && firstSeq > 1) findings.note(`${what}: the head of that log was cut`);
  // It is told when the fork is made, and again when it is first driven.
  else if (told === undefined && status !== 'completed') findings.note(`${what} yet`);
  else findings.problem(what);
}

interface Kind {
  readonly name: string;
  readonly event: string;
  readonly ids: (told: Told) => ReadonlySet<string>;
  readonly query: (runId: string) => Partial<RunQuery>;
  readonly origin: (record: RunRecord) => string | null;
}

const CHILDREN: Kind = {
  name: 'child',
  event: 'child.started',
  ids: ({ children }) => children,
  query: (runId) => ({ parentRunId: runId }),
  origin: ({ parentRunId }) => parentRunId,
};

const FORKS: Kind = {
  name: 'fork',
  event: 'run.forked',
  ids: ({ forks }) => forks,
  query: (runId) => ({ forkedFrom: runId }),
  origin: ({ forkedFrom }) => forkedFrom,
};

async function checkDescendants(
  events: EventStore,
  lineage: Lineage,
  { name, event, ids, query, origin }: Kind,
  findings: Findings,
): Promise<void> {
  const { runId } = lineage.snapshot;
  const told = ids(lineage.told);
  for (const id of told) {
    const record = await events.get(id);
    // Nothing keeps a fork that is over, and its source does not either.
    const isKept = name === 'child' && isActive(lineage);
    if (record === undefined) await missing(lineage.gone, `its ${name} ${id}`, isKept, findings);
    else if (origin(record) !== runId) {
      findings.problem(
        `it tells of a ${name} ${id}, and that run says it comes from ${String(origin(record))}`,
      );
    }
  }
  // What was cut told of some; forks look for their event themselves.
  if (lineage.isCut || name === 'fork') return;
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await events.list({
      ...query(runId),
      limit: PAGE_RUNS,
      ...(cursor !== undefined && { cursor }),
    });
    for (const { runId: id } of page.runs) {
      if (told.has(id)) continue;
      // Also of a run that is completed: somebody else may have completed it just then.
      findings.note(`no ${event} tells of its ${name} ${id}: who started it did not come to that`);
    }
    cursor = page.nextCursor;
  }
}
