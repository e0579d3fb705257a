import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allThatIsKept } from '../../examples/support/all-that-is-kept.ts';
import { createRuntime, type Json } from '../../src/index.ts';
import { nats } from '../../src/stores/nats/index.ts';
import { postgres } from '../../src/stores/postgres/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import type { Stores } from '../../src/stores/index.ts';
import { problemOfBuild, root } from '../support/built.ts';
import { findNatsServer, NO_NATS } from '../support/nats/find-nats-server.ts';
import { startNatsServer } from '../support/nats/nats-server.ts';
import { findPostgres, NO_POSTGRES, startPostgres } from '../support/postgres/server.ts';
import { withoutChance } from '../support/without-chance.ts';

const TIMEOUT_MS = 120_000;
const PROGRAM = join(root, 'examples/any-store.ts');

/** A store by its address, and how somebody else opens it. */
interface Place {
  readonly address: string;
  readonly open: () => Stores;
  readonly end: () => Promise<void>;
}

const places: Readonly<Record<string, () => Promise<Place>>> = {
  sqlite: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'runchart-same-'));
    const path = join(folder, 'runs.db');
    const end = (): Promise<void> => rm(folder, { recursive: true, force: true });
    return { address: `sqlite:${path}`, open: () => sqlite(path), end };
  },
  ...(findPostgres() !== undefined && {
    postgres: async () => {
      const server = await startPostgres();
      const end = async (): Promise<void> => server[Symbol.asyncDispose]();
      return { address: server.url, open: () => postgres(server.url), end };
    },
  }),
  ...(findNatsServer() !== undefined && {
    nats: async () => {
      const server = await startNatsServer();
      const open = (): Stores => nats({ servers: server.url, syncAlways: true });
      return { address: server.url, open, end: () => server.close() };
    },
  }),
};
if (!('postgres' in places)) console.log(NO_POSTGRES);
if (!('nats' in places)) console.log(NO_NATS);

/** What the program prints on the store of an address, or on none that is named. */
async function printedOn(address: string | undefined, ...args: readonly string[]): Promise<string> {
  const { RUNCHART_STORE: _, ...env } = process.env;
  const given = address === undefined ? env : { ...env, RUNCHART_STORE: address };
  const options = { env: given, timeout: TIMEOUT_MS / 2, maxBuffer: 64 * 1024 * 1024 };
  return (await promisify(execFile)(process.execPath, [PROGRAM, ...args], options)).stdout;
}

async function keptOn(address: string | undefined): Promise<Json> {
  return JSON.parse(await printedOn(address, '--json')) as Json;
}

function set(target: object | undefined, name: string, value: unknown): void {
  expect(target).toHaveProperty(name);
  Object.assign(target ?? {}, { [name]: value });
}

function swap(list: unknown[] | undefined, a: number, b: number): void {
  expect(list?.length).toBeGreaterThan(Math.max(a, b));
  if (list !== undefined) [list[a], list[b]] = [list[b], list[a]];
}

interface Kept {
  readonly runs: readonly {
    readonly snapshot: { readonly status: string };
    readonly events: { seq: number; eventId: string; event: Record<string, Json> }[];
    readonly outputs: { id: string; parentRefs: string[] }[];
    readonly files: readonly string[];
    readonly checkpoints: { values: Record<string, Json> }[];
  }[];
}

describe('one program on every store', () => {
  let inMemory: Json = null;

  beforeAll(async () => {
    const problem = problemOfBuild();
    if (problem !== undefined) throw new Error(problem);
    inMemory = await keptOn(undefined);
  }, TIMEOUT_MS);

  it('does something of everything', () => {
    const { runs } = inMemory as unknown as Kept;
    const types = new Set(runs.flatMap(({ events }) => events.map(({ event }) => event['type'])));
    for (const type of [
      'step.failed',
      'checkpoint.saved',
      'output.appended',
      'signal.received',
      'interrupt.resolved',
      'child.started',
      'run.forked',
      'run.cancelled',
    ]) {
      expect(types).toContain(type);
    }
    expect(runs.map(({ snapshot }) => snapshot.status).toSorted()).toEqual([
      'cancelled',
      'completed',
      'completed',
      'completed',
      'completed',
    ]);
    expect(runs.flatMap(({ files }) => files)).toContain('.oOo.\n');
  });

  it('comes to the same each time, but for ids and instants', async () => {
    const again = await keptOn(undefined);
    expect(again).not.toEqual(inMemory);
    expect(withoutChance(again)).toEqual(withoutChance(inMemory));
  });

  it.each<[string, (kept: Kept) => void]>([
    ['another payload', ({ runs: [run] }) => set(run?.events[2]?.event, 'prompt', 'x')],
    ['two events in another order', ({ runs: [run] }) => swap(run?.events, 3, 4)],
    ['an event less', ({ runs: [, run] }) => void run?.events.pop()],
    ['another seq', ({ runs: [run] }) => set(run?.events[1], 'seq', 3)],
    ['an id twice', ({ runs: [run] }) => set(run?.events[1], 'eventId', run?.events[0]?.eventId)],
    ['another parent', ({ runs: [run] }) => swap(run?.outputs.at(-1)?.parentRefs, 0, 1)],
    ['another state', ({ runs: [run] }) => set(run?.checkpoints[0]?.values, 'icing', 'salt')],
  ])('would tell of %s', (_, change) => {
    const other = structuredClone(inMemory) as unknown as Kept;
    change(other);
    expect(withoutChance(other as unknown as Json)).not.toEqual(withoutChance(inMemory));
  });

  describe.each(Object.entries(places))('on %s', (_, begin) => {
    let place: Place | undefined;
    const the = (): Place => {
      if (place === undefined) throw new Error('There is no store yet.');
      return place;
    };

    beforeAll(async () => {
      place = await begin();
    }, TIMEOUT_MS);
    afterAll(() => place?.end());

    it(
      'prints, logs, gives out and keeps what it does in memory',
      async () => {
        const kept = await keptOn(the().address);
        expect(withoutChance(kept)).toEqual(withoutChance(inMemory));
        // It was no answer of its own memory: somebody else reads the same, to the letter.
        const runtime = await createRuntime({ stores: the().open() });
        try {
          expect(await allThatIsKept(runtime)).toEqual(kept);
          for await (const { problems } of runtime.verifyAll()) expect(problems).toEqual([]);
        } finally {
          await runtime.close();
        }
        expect(await printedOn(the().address)).toBe(await printedOn(undefined));
      },
      TIMEOUT_MS,
    );
  });
});
