import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stores } from '../stores/index.ts';
import { type CaseOptions, type CasePlan, casesFor } from './cases-for.ts';
import type { CaseStage, StoreCase } from './cases/store-case.ts';
import { scopedStores } from './scoped-stores.ts';
import { withinLimit } from './within-limit.ts';

/** How the stores come about that the cases are run on. */
export interface ConformanceFixture {
  /**
   * Makes stores over `place`, the path of a folder of their own that exists and is empty at first. It
   * MUST NOT open them. Asked again with the same place, it answers another handle on the same data, if
   * the stores declare that they are `durable` or `shared`. Stores that keep nothing in folders may take
   * the last part of the path for a name.
   */
  readonly createStores: (place: string) => Stores | Promise<Stores>;
  /** Removes what is kept for `place` elsewhere. The folder itself goes by itself. */
  readonly release?: (place: string) => Promise<void>;
}

/** One pass of cases over stores: a fixture, with the stores that cases share. */
export interface Conformance {
  /** The cases that apply to these stores, by what they declare of themselves, and those left out. */
  plan(options?: CaseOptions): Promise<CasePlan>;
  /** Runs one case, and rejects with the reason when it fails or takes longer than the limit. */
  run(one: StoreCase): Promise<void>;
  /** Closes and removes what cases have shared. */
  close(): Promise<void>;
}

/** How long a case may take, and then how long closing its stores may take. */
export interface ConformanceLimits {
  /** Milliseconds for one case; 30 seconds unless told otherwise, four times as many for a slow one. */
  readonly caseLimitMs?: number;
}

const CASE_LIMIT_MS = 30_000;
const SLOW_TIMES = 4;

/**
 * Prepares to run conformance cases one by one, as within a test runner. Many cases share one open
 * place, under ids of their own, so that little time goes into opening; after a case that failed the
 * next one gets a new place. Cases may run at once, but those of the blob store go by ages of some ten
 * milliseconds: they MUST run alone.
 */
export function openConformance(
  fixture: ConformanceFixture,
  { caseLimitMs = CASE_LIMIT_MS }: ConformanceLimits = {},
): Conformance {
  const common = openPlaces(fixture);
  let commonHandles: Handles | undefined;
  let cases = 0;
  const runOn = async (one: StoreCase, { create, another }: Places): Promise<void> => {
    let isSharing = false;
    const scope = `case ${(cases += 1)} `;
    const handle = async (n: keyof Handles): Promise<Stores> => {
      isSharing = true;
      commonHandles ??= handlesOn(common);
      return scopedStores(await commonHandles[n](), scope);
    };
    const shared = (): Promise<Stores> => handle('first');
    const handles = async (): Promise<[Stores, Stores, Stores]> => [
      await handle('first'),
      await handle('second'),
      await handle('third'),
    ];
    const limitMs = one.isSlow === true ? caseLimitMs * SLOW_TIMES : caseLimitMs;
    try {
      await withinLimit(limitMs, 'the case', one.run({ create, another, shared, handles }));
    } catch (error) {
      // Whatever it left behind is nothing that another case should stumble over.
      if (isSharing) commonHandles = undefined;
      throw error;
    }
  };
  return {
    plan: async (options) => {
      const place = await newPlace();
      try {
        const stores = await fixture.createStores(place);
        return casesFor(stores.events.capabilities, options);
      } finally {
        await removePlace(fixture, place);
      }
    },
    run: async (one) => {
      const own = openPlaces(fixture);
      try {
        await runOn(one, own);
      } catch (error) {
        // That they do not close either is no second failure.
        await own.close(caseLimitMs).catch(() => undefined);
        throw error;
      }
      await own.close(caseLimitMs);
    },
    close: () => common.close(caseLimitMs),
  };
}

/** Handles on one place, each opened when it is asked for first. */
type Handles = Readonly<Record<'first' | 'second' | 'third', () => Promise<Stores>>>;

function handlesOn({ create, another }: Places): Handles {
  const once = (open: () => Promise<Stores>): (() => Promise<Stores>) => {
    let stores: Promise<Stores> | undefined;
    return () => (stores ??= open());
  };
  const first = once(create);
  const more = async (): Promise<Stores> => another(await first());
  return { first, second: once(more), third: once(more) };
}

interface Places extends Pick<CaseStage, 'create' | 'another'> {
  close(limitMs: number): Promise<void>;
}

function openPlaces(fixture: ConformanceFixture): Places {
  const places = new Map<Stores, string>();
  const openAt = async (place: string): Promise<Stores> => {
    const stores = await fixture.createStores(place);
    places.set(stores, place);
    await stores.open();
    return stores;
  };
  return {
    create: async () => openAt(await newPlace()),
    another: async (stores) => {
      const place = places.get(stores);
      if (place === undefined) throw new TypeError('Expected stores that `create` has answered.');
      return openAt(place);
    },
    close: async (limitMs) => {
      try {
        // Some cases open twice, and some have closed already.
        for (const stores of [...places.keys(), ...places.keys()]) {
          await withinLimit(limitMs, 'close', stores.close());
        }
      } finally {
        for (const place of new Set(places.values())) await removePlace(fixture, place);
      }
    },
  };
}

async function newPlace(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'runchart-conformance-'));
}

async function removePlace({ release }: ConformanceFixture, place: string): Promise<void> {
  await release?.(place);
  await rm(place, { recursive: true, force: true });
}
