import fc from 'fast-check';
import type { ListOptions, Run } from '../../../index.ts';
import { COLUMNS } from '../contract/status-table.ts';
import { commandHandle, logAgrees, mustEqual } from './agreement.ts';
import { aboutRun, commandsOf, type CommandSource, hasRuns, via } from './command-kind.ts';
import { modelWork } from './model-work.ts';
import type { ModelWorld, Via } from './model-world.ts';
import type { Follower, RealRuntimes } from './real-runtimes.ts';

interface Read {
  readonly run: number;
  readonly via: Via;
  /** How much of the log to leave out, in percent. */
  readonly from: number;
}

const aboutLog = { ...aboutRun, from: fc.constantFrom(0, 0, 50, 100) };

function afterSeqOf({ run, from }: Read, world: ModelWorld): number {
  return Math.floor((world.pick(run).seq * from) / 100);
}

const read = commandsOf({
  name: 'read',
  weight: 3,
  spec: fc.record(aboutLog),
  isReady: hasRuns,
  run: async (spec: Read, world, real) => {
    const run = world.pick(spec.run);
    await logAgrees(await commandHandle(real, spec.via, run), run, afterSeqOf(spec, world));
    return run;
  },
});

const follow = commandsOf({
  name: 'follow',
  weight: 2,
  spec: fc.record(aboutLog),
  isReady: hasRuns,
  run: async (spec: Read, world, real) => {
    const run = world.pick(spec.run);
    const afterSeq = afterSeqOf(spec, world);
    const handle = await commandHandle(real, spec.via, run);
    real.followers.push(following(handle, spec.via, afterSeq, real));
    return run;
  },
});

/** Goes on beside the commands; what it got is looked at in the end. */
function following(handle: Run, via: Via, afterSeq: number, real: RealRuntimes): Follower {
  const stop = new AbortController();
  const got: Follower['got'] = [];
  const collect = async (): Promise<void> => {
    for await (const each of handle.events({ afterSeq, signal: stop.signal })) got.push(each);
  };
  const ended = collect().catch((error: unknown) => void real.faults.push(error));
  return { runId: handle.id, via, afterSeq, got, stop, ended };
}

const verify = commandsOf({
  name: 'verify',
  weight: 1,
  spec: fc.record(aboutRun),
  isReady: hasRuns,
  run: async ({ run: number, via }: { run: number; via: Via }, world, real) => {
    const run = world.pick(number);
    const { runId, seq } = run;
    const { ok, events, problems } = await real.runtime(via).verify(runId);
    const expected = { ok: true, events: seq, problems: [] };
    mustEqual(`verifying ${runId}`, { ok, events, problems }, expected);
    return run;
  },
});

interface List {
  readonly via: Via;
  readonly by: 'status' | 'sessionId' | 'definition' | 'forkedFrom' | undefined;
  readonly which: number;
  readonly limit: number;
}

const list = commandsOf({
  name: 'list',
  weight: 3,
  spec: fc.record({
    via,
    by: fc.constantFrom('status', 'sessionId', 'definition', 'forkedFrom', undefined),
    which: fc.nat({ max: 11 }),
    limit: fc.integer({ min: 1, max: 4 }),
  }),
  run: async (spec: List, world, real) => {
    const filter = filterOf(spec, world);
    const expected = world.store.list(filter).map(({ runId }) => runId);
    mustEqual(`a list by ${spec.by ?? 'nothing'}`, await listed(spec, filter, real), expected);
    return undefined;
  },
});

function filterOf({ by, which }: List, world: ModelWorld) {
  switch (by) {
    case 'status':
      return { status: COLUMNS[which % COLUMNS.length] ?? 'created' };
    case 'sessionId':
      return { sessionId: which % 2 === 0 ? 's1' : 's2' };
    case 'definition':
      return { definition: modelWork.name };
    case 'forkedFrom':
      return world.hasRuns ? { forkedFrom: world.pick(which).runId } : {};
    default:
      return {};
  }
}

/** The ids of all pages. */
async function listed(
  { via, limit }: List,
  filter: Omit<ListOptions, 'limit' | 'cursor'>,
  real: RealRuntimes,
): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await real
      .runtime(via)
      .list({ ...filter, limit, ...(cursor !== undefined && { cursor }) });
    ids.push(...page.runs.map(({ snapshot }) => snapshot.runId));
    cursor = page.nextCursor;
  }
  return ids;
}

const reopen = commandsOf({
  name: 'reopen',
  weight: 1,
  spec: fc.record({ via }),
  run: async ({ via }: { via: Via }, world, real) => {
    await real.reopen(via, world.reopen(via));
    return undefined;
  },
});

/** What changes no run, but for what a runtime that closes lets go of. */
export const READING: readonly CommandSource[] = [read, follow, verify, list, reopen];
