import type { Commit, CommitOutcome, EventPage, Stores } from '../../../src/stores/index.ts';
import { wrapStores } from '../../../src/testing/index.ts';

/** Faults that are planted on purpose: the verdict has to name each. */
export const PLANTS = ['stale', 'lost', 'skip', 'greedy'] as const;

/**
 * stale: a worker's store takes what an owner writes that was taken over. lost: it acknowledges some events that
 * it does not keep. skip: the subscriber's store leaves events out. greedy: a worker drives more than it may.
 */
export type Plant = (typeof PLANTS)[number];

/** Share of the appends that are lost. */
const LOST = 0.02;
/** The `seq` that a reader who skips leaves out, of each log. */
const SKIPPED_SEQ = 7;

/** The same stores with the fault in them. */
export function plantIn(stores: Stores, plant: Plant | null, random: () => number): Stores {
  if (plant === 'stale') return stale(stores);
  if (plant === 'lost') return lossy(stores, random);
  if (plant === 'skip') return skipping(stores);
  return stores;
}

type Append = (commits: readonly Commit[]) => Promise<readonly CommitOutcome[]>;

function withAppend(stores: Stores, append: Append): Stores {
  return wrapStores(stores, ({ method, args }, proceed) =>
    method === 'events.append' ? append(args[0] as readonly Commit[]) : proceed(),
  );
}

function stale(stores: Stores): Stores {
  const { events } = stores;
  const force = async (commit: Commit): Promise<CommitOutcome> => {
    const run = await events.get(commit.run.runId);
    if (run === undefined) return { kind: 'refused', code: 'RUN_NOT_FOUND' };
    const renumbered = commit.events.map((event, i) => ({ ...event, seq: run.lastSeq + 1 + i }));
    const [outcome = { kind: 'stored' }] = await events.append([
      {
        run: { ...run, lastSeq: run.lastSeq + renumbered.length },
        expectedSeq: run.lastSeq,
        events: renumbered,
      },
    ]);
    return outcome;
  };
  const own = wrapStores(stores, (_, proceed) => proceed());
  const deaf = { ...own, events: deafTo(stores.events) };
  return withAppend(deaf, async (commits) => {
    const outcomes = await events.append(commits);
    return Promise.all(
      outcomes.map(async (outcome, i) => {
        const commit = commits[i] as Commit;
        const isFenced = outcome.kind === 'refused' && outcome.code === 'OWNER_FENCED';
        return isFenced ? force(commit) : outcome;
      }),
    );
  });
}

/** Who does not hear of a take-over goes on until the store refuses. */
function deafTo(events: Stores['events']): Stores['events'] {
  return new Proxy(events, {
    get: (target, name) => {
      if (name === 'watch') return () => () => {};
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function lossy(stores: Stores, random: () => number): Stores {
  return withAppend(stores, async (commits) => {
    const isLost = commits.map(
      ({ events }) => random() < LOST && events.every(({ type }) => type === 'note'),
    );
    const kept = commits.filter((_, i) => isLost[i] === false);
    const outcomes = kept.length === 0 ? [] : [...(await stores.events.append(kept))];
    return isLost.map((lost) => (lost ? { kind: 'stored' } : (outcomes.shift() as CommitOutcome)));
  });
}

function skipping(stores: Stores): Stores {
  return wrapStores(stores, async ({ method }, proceed) => {
    const answer = await proceed();
    if (method !== 'events.read') return answer;
    const page = answer as EventPage;
    return { ...page, events: page.events.filter(({ seq }) => seq !== SKIPPED_SEQ) };
  });
}
