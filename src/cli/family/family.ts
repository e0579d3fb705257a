import { isRunchartError, type RunInfo, type Runtime } from '../../index.ts';
import { isTerminal } from '../../machines/index.ts';
import { isLeftBehind } from '../run-standing.ts';
import { allRuns } from '../runs.ts';

/** Children and forks of one run that are told of, and runs of a family. */
export const FAMILY_LIMITS = { perRun: 10, all: 200 } as const;
export type FamilyLimits = Readonly<Record<keyof typeof FAMILY_LIMITS, number>>;

/** How a run belongs to the one above it. */
export type Relation = 'child' | 'fork';

/** A run in its family. */
export interface Relative {
  readonly runId: string;
  /** To the run above it; null for the first one. */
  readonly relation: Relation | null;
  /** null: it was deleted. */
  readonly info: RunInfo | null;
  /** In the order in which they began. */
  readonly below: readonly Relative[];
  /** Children and forks that are not told of, each kind counted; their own families are not looked at. */
  readonly more: Readonly<Record<Relation, number>>;
}

/** The family of a run: the runs above it, one per line of descent, and all that came of it. */
export interface Family {
  /** From the first one down to the one right above the run. What was above a deleted one nobody knows. */
  readonly above: readonly Omit<Relative, 'below' | 'more'>[];
  readonly run: Relative;
}

export async function familyOf(
  runtime: Pick<Runtime, 'info' | 'list'>,
  info: RunInfo,
  limits: FamilyLimits,
): Promise<Family> {
  const above = await ancestorsOf(runtime, info);
  const relation = relationUp(info)?.relation ?? null;
  return { above, run: await descend(runtime, info, relation, limits) };
}

/** A run that began with a checkpoint of another is its fork; one that another started is its child. */
function relationUp({
  snapshot: { parentRunId, forkedFrom },
}: RunInfo): { readonly runId: string; readonly relation: Relation } | undefined {
  if (parentRunId !== null) return { runId: parentRunId, relation: 'child' };
  return forkedFrom === null ? undefined : { runId: forkedFrom.runId, relation: 'fork' };
}

async function ancestorsOf(
  runtime: Pick<Runtime, 'info'>,
  info: RunInfo,
): Promise<Omit<Relative, 'below' | 'more'>[]> {
  const found: { runId: string; info: RunInfo | null }[] = [];
  for (let up = relationUp(info); up !== undefined;) {
    const above = await infoOf(runtime, up.runId);
    found.unshift({ runId: up.runId, info: above });
    up = above === null ? undefined : relationUp(above);
  }
  return found.map((one) => ({
    ...one,
    relation: one.info === null ? null : (relationUp(one.info)?.relation ?? null),
  }));
}

interface Growing extends Relative {
  readonly info: RunInfo;
  below: Growing[];
  more: Relative['more'];
}

/** Level by level, so that a limit cuts what is furthest away. */
async function descend(
  runtime: Pick<Runtime, 'list'>,
  info: RunInfo,
  relation: Relation | null,
  { perRun, all }: FamilyLimits,
): Promise<Relative> {
  const top = grown(info, relation);
  let count = 1;
  const queue = [top];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const found = await relativesOf(runtime, next.runId);
    const room = Math.max(0, Math.min(perRun, all - count));
    const kept = mostTelling(found, room);
    next.below = found.filter((one) => kept.has(one));
    next.more = countOf(found.filter((one) => !kept.has(one)));
    count += next.below.length;
    queue.push(...next.below);
  }
  return top;
}

function grown(info: RunInfo, relation: Relation | null): Growing {
  return { runId: info.snapshot.runId, relation, info, below: [], more: { child: 0, fork: 0 } };
}

async function relativesOf(runtime: Pick<Runtime, 'list'>, runId: string): Promise<Growing[]> {
  const found: Growing[] = [];
  for await (const info of allRuns(runtime, { parentRunId: runId })) {
    found.push(grown(info, 'child'));
  }
  for await (const info of allRuns(runtime, { forkedFrom: runId })) {
    // A fork of a child has the same parent: there it stands among its children.
    if (info.snapshot.parentRunId === null) found.push(grown(info, 'fork'));
  }
  return found.sort((a, b) => a.info.snapshot.createdAtMs - b.info.snapshot.createdAtMs);
}

/** Where not all have room: those that go on, then those that failed, and of the same kind the latest. */
function mostTelling(found: readonly Growing[], room: number): ReadonlySet<Growing> {
  const rank = ({ info }: Growing): number => {
    if (isLeftBehind(info)) return 0;
    if (!isTerminal(info.snapshot.status)) return 1;
    return info.snapshot.status === 'completed' ? 3 : 2;
  };
  const sorted = found.toReversed().toSorted((a, b) => rank(a) - rank(b));
  return new Set(sorted.slice(0, room));
}

function countOf(left: readonly Growing[]): Relative['more'] {
  const child = left.filter(({ relation }) => relation === 'child').length;
  return { child, fork: left.length - child };
}

async function infoOf(runtime: Pick<Runtime, 'info'>, runId: string): Promise<RunInfo | null> {
  try {
    return await runtime.info(runId);
  } catch (error) {
    if (isRunchartError(error, 'RUN_NOT_FOUND')) return null;
    throw error;
  }
}
