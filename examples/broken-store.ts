/**
 * Stores that are wrong in one of five ways, and the cases of `runchart/testing` that find it out.
 *
 * Each fault is a line or two, looks as if it were meant, and lets most programs work for a long time.
 *
 *     node examples/broken-store.ts
 */
import { memory } from 'runchart/memory';
import type { Checkpointer, EventStore, Stores } from 'runchart/stores';
import { type ConformanceCase, runConformance } from 'runchart/testing';

type Fault =
  | 'a repeat of a key answers what was sent, not what is stored'
  | 'an append checks the seq, but not the epoch'
  | 'a full page lacks its last event'
  | 'a cursor goes by time, and skips what was created in the same millisecond'
  | 'a checkpoint that is asked for by its number is the latest one';

/** An event store with some methods of its own. */
type EventFault = (events: EventStore) => Partial<EventStore>;

const eventFaults: Partial<Record<Fault, EventFault>> = {
  'a repeat of a key answers what was sent, not what is stored': (events) => ({
    append: async (commits) =>
      (await events.append(commits)).map((outcome, i) =>
        outcome.kind === 'repeat' ? { ...outcome, events: commits[i]?.events ?? [] } : outcome,
      ),
  }),

  'an append checks the seq, but not the epoch': (events) => ({
    append: (commits) => events.append(commits.map(({ expectedEpoch: _, ...rest }) => rest)),
  }),

  // One event more than the page has would tell whether there are more; here it is one of the page.
  'a full page lacks its last event': (events) => ({
    read: async (runId, options) => {
      const page = await events.read(runId, options);
      return { ...page, events: page.events.slice(0, Math.max(1, options.limit - 1)) };
    },
  }),

  'a cursor goes by time, and skips what was created in the same millisecond': (events) => ({
    list: async ({ limit, cursor, ...filter }) => {
      const { runs } = await events.list({ ...filter, limit: 1_000_000 });
      const beforeMs = cursor === undefined ? Infinity : Number(cursor);
      const rest = runs.filter(({ createdAtMs }) => createdAtMs < beforeMs);
      const page = rest.slice(0, limit);
      const last = rest.length > limit ? page.at(-1) : undefined;
      return { runs: page, nextCursor: last === undefined ? null : String(last.createdAtMs) };
    },
  }),
};

const checkpointFaults: Partial<
  Record<Fault, (checkpoints: Checkpointer) => Partial<Checkpointer>>
> = {
  'a checkpoint that is asked for by its number is the latest one': (checkpoints) => ({
    load: ({ definition, runId }) => checkpoints.latest({ definition, runId }),
  }),
};

const FAULTS = [...Object.keys(eventFaults), ...Object.keys(checkpointFaults)] as Fault[];

/** Stores in memory, as they should be, or with a fault. */
function brokenStores({ fault }: { readonly fault?: Fault }): Stores {
  const stores = memory();
  const { events, checkpoints } = stores;
  if (fault === undefined) return stores;
  return {
    ...stores,
    events: replaced(events, eventFaults[fault]?.(events)),
    checkpoints: replaced(checkpoints, checkpointFaults[fault]?.(checkpoints)),
  };
}

/** The same object, but for some of its methods. */
function replaced<T extends object>(target: T, methods: Partial<T> = {}): T {
  return new Proxy(target, {
    get: (_, name) => {
      const value: unknown = Reflect.get(Object.hasOwn(methods, name) ? methods : target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** The contracts that the faults break; a store of one's own has to keep the others as well. */
const isOfFaults = ({ contract }: ConformanceCase): boolean =>
  contract === 'event store' || contract === 'checkpointer';

for (const fault of [undefined, ...FAULTS]) {
  const createStores = (): Stores => brokenStores(fault === undefined ? {} : { fault });
  const { ok, failed } = await runConformance({ createStores }, { only: isOfFaults });
  console.log(fault === undefined ? 'without a fault' : `"${fault}"`);
  if (ok) console.log('  every case passed');
  const [first] = failed;
  if (first !== undefined) console.log(`  ${first.case.contract}: ${first.case.name}`);
}

// prints:
// without a fault
//   every case passed
// "a repeat of a key answers what was sent, not what is stored"
//   event store: a key used before on the run answers the events of the first time and stores nothing
// "an append checks the seq, but not the epoch"
//   event store: an epoch that is not the stored one is fenced; none is no claim
// "a full page lacks its last event"
//   event store: pages follow each other without gap or repeat
// "a cursor goes by time, and skips what was created in the same millisecond"
//   event store: runs are listed newest first, with any filter, page by page
// "a checkpoint that is asked for by its number is the latest one"
//   checkpointer: a second save of a super-step is a new version, which load and latest answer
