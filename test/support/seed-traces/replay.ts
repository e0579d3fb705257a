import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { memory } from '../../../src/stores/memory/index.ts';
import { sqlite } from '../../../src/stores/sqlite/index.ts';
import type { Stores } from '../../../src/stores/index.ts';
import type { Reply, Tally, Trace } from './traces.ts';

/** A reply without the words of its error, which are each system's own. */
export type Plain =
  | { readonly ok: true; readonly v: unknown }
  | { readonly ok: false; readonly err: string };

/** One request, answered three times. */
export interface Answer {
  /** By our stores. */
  readonly ours: Plain;
  /** By a model of the seed in which our rules apply. */
  readonly expected: Plain;
  /** By a model of the seed as it is. */
  readonly seed: Plain;
  /** The rules by which `expected` is not `seed`; none when they are the same. */
  readonly rules: readonly string[];
  /** Further questions to our stores, which have an answer of their own to match. */
  readonly asides?: readonly { readonly ours: unknown; readonly expected: unknown }[];
}

/** Asks our stores what a seed was asked, and keeps both models. */
export interface Adapter<Request> {
  ask(request: Request): Promise<Answer>;
}

export const done = (v: unknown): Plain => ({ ok: true, v });
export const refused = (err: string): Plain => ({ ok: false, err });

/**
 * Replays a trace. Ours MUST be what the rules make of the seed's answer, the model of the seed MUST
 * answer as the seed did, and a rule MUST be named exactly where the two differ.
 */
export async function replay<Request>(
  { ops }: Trace<Request>,
  adapter: Adapter<Request>,
  tally: Tally,
): Promise<void> {
  for (const [index, [request, reply]] of ops.entries()) {
    const at = `op ${index}: ${JSON.stringify(request)}`;
    const { ours, expected, seed, rules, asides = [] } = await adapter.ask(request);
    expect(seed, `the seed's model, ${at}`).toEqual(plain(reply));
    expect(ours, at).toEqual(expected);
    if (rules.length === 0) expect(expected, `no rule named, ${at}`).toEqual(seed);
    else expect(expected, `${rules.join()} named in vain, ${at}`).not.toEqual(seed);
    for (const aside of asides) expect(aside.ours, at).toEqual(aside.expected);
    tally.count(rules);
  }
}

function plain(reply: Reply): Plain {
  return reply.ok ? reply : refused(reply.err);
}

/** The stores that the traces are replayed over. */
export const BACKENDS: readonly (readonly [name: string, create: () => Promise<OpenStores>])[] = [
  ['memory', async () => open(memory())],
  [
    'sqlite',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'runchart-traces-'));
      return open(sqlite(join(folder, 'runs.db')), () => rm(folder, { recursive: true }));
    },
  ],
];

export type OpenStores = Stores & AsyncDisposable;

async function open(stores: Stores, cleanUp = async (): Promise<void> => {}): Promise<OpenStores> {
  await stores.open();
  return Object.assign(stores, {
    [Symbol.asyncDispose]: async () => {
      await stores.close();
      await cleanUp();
    },
  });
}
