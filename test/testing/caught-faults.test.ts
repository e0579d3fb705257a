import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ConformanceFixture, runConformance } from '../../src/testing/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import type { EventStore, OutputStore, Stores } from '../../src/stores/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';

/** The same object, but for some of its methods. */
function replaced<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get: (_, name) => {
      const value: unknown = Reflect.get(Object.hasOwn(methods, name) ? methods : target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

const inFile = (place: string, name = 'runs.db'): Stores =>
  sqlite(join(place, name), { writer: 'inline' });

function withEvents(
  change: (events: EventStore) => Partial<EventStore>,
  make: ConformanceFixture['createStores'] = () => memory(),
): ConformanceFixture {
  return {
    createStores: async (place) => {
      const stores = await make(place);
      const events = replaced(stores.events, change(stores.events));
      return replaced(stores, { events });
    },
  };
}

function withOutputs(change: (outputs: OutputStore) => Partial<OutputStore>): ConformanceFixture {
  return {
    createStores: () => {
      const stores = memory();
      return { ...stores, outputs: replaced(stores.outputs, change(stores.outputs)) };
    },
  };
}

/** A change of the payloads that are written. */
const onPayloads = (change: (payload: string) => string): ConformanceFixture =>
  withEvents((events) => ({
    append: (commits) =>
      events.append(
        commits.map((commit) => ({
          ...commit,
          events: commit.events.map((event) => ({ ...event, payload: change(event.payload) })),
        })),
      ),
  }));

let places = 0;

const faults: readonly (readonly [what: string, fixture: ConformanceFixture, caught: string])[] = [
  [
    'a payload is written anew by JSON',
    onPayloads((payload) => JSON.stringify(JSON.parse(payload))),
    'payloads, snapshots and bases of any JSON text',
  ],
  [
    'a lone surrogate is made well-formed',
    onPayloads((payload) => payload.replaceAll(/\\ud8[0-9a-f]{2}/gi, '\ufffd')),
    'payloads, snapshots and bases of any JSON text',
  ],
  [
    'a look for the key and the append are two calls',
    withEvents((events) => ({
      append: async ([commit, ...rest]) => {
        if (commit?.idempotencyKey === undefined)
          return events.append(commit ? [commit, ...rest] : []);
        const found = await events.findByKey(commit.run.runId, commit.idempotencyKey);
        const { idempotencyKey: _, ...keyless } = commit;
        return found === undefined
          ? events.append([keyless, ...rest])
          : [{ kind: 'repeat', runId: commit.run.runId, events: found }];
      },
    })),
    'of many commits with one key at once',
  ],
  [
    'a list goes by the clock',
    withEvents((events) => ({
      list: async (query) => {
        const { runs, nextCursor } = await events.list(query);
        return { runs: runs.toSorted((a, b) => b.createdAtMs - a.createdAtMs), nextCursor };
      },
    })),
    'a clock that goes back changes nothing',
  ],
  [
    'an instant is never before the one before',
    withEvents((events) => ({
      read: async (runId, options) => {
        const page = await events.read(runId, options);
        let atMs = 0;
        const at = (ms: number): number => (atMs = Math.max(atMs, ms));
        const later = page.events.map((one) => ({ ...one, emittedAtMs: at(one.emittedAtMs) }));
        return { ...page, events: later };
      },
    })),
    'a clock that goes back changes nothing',
  ],
  [
    'an owner is enlisted twice',
    withEvents((events) => ({
      enlist: (ownerId) =>
        events.enlist(ownerId).catch(() => ({ ownerId, release: async () => undefined })),
    })),
    'an owner that is alive cannot be enlisted again',
  ],
  [
    'members are copied by assignment',
    withOutputs((outputs) => ({
      append: (record, guard) => outputs.append(assigned(record) as typeof record, guard),
    })),
    'odd and huge values of outputs',
  ],
  [
    'an output is acknowledged before it is stored',
    withOutputs((outputs) => ({
      append: async (record, guard) => {
        setTimeout(() => void outputs.append(record, guard).catch(() => undefined), 50);
      },
    })),
    'what was acknowledged before its writer died is there, at whichever write',
  ],
  [
    'a place is not found again',
    { createStores: (place) => inFile(place, `${(places += 1)}.db`) },
    'another handle on the place, opened after a close, has the runs',
  ],
  [
    'a watch hears of nobody else',
    withEvents(() => ({ watch: () => () => undefined }), inFile),
    'a watch tells of runs that another handle wrote to',
  ],
];

/** A deep copy as it is often written. */
function assigned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(assigned);
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) copy[name] = assigned(member);
  return copy;
}

describe('the cases catch it when', () => {
  it.concurrent.each(faults)('%s', async (_, fixture, caught) => {
    const { results, failed } = await runConformance(fixture, {
      only: ({ name }) => name.startsWith(caught),
    });
    expect(results).toHaveLength(1);
    expect(failed.map(({ reason }) => reason)).toEqual([
      expect.not.stringMatching(/it rejected with (?!OUTPUT_NOT_FOUND)/),
    ]);
  });
});
