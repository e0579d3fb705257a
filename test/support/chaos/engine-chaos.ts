import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomFrom } from '../runtime/random.ts';
import { type Evidence, notesOf } from './evidence.ts';
import { readPapers } from './paper.ts';
import { Parts } from './parts.ts';
import { judge } from './worker-chaos.ts';
import type { Figures, Verdict } from './verdict.ts';

/** Something that is done to the servers while a program works with them. */
export interface Fault {
  readonly name: string;
  /** Resolves when things are well again as far as the servers are concerned. */
  act(): Promise<void>;
}

export interface EngineChaosOptions {
  readonly store: string;
  readonly seed: number;
  readonly faults: readonly Fault[];
  /** How long it goes on after a fault before the next, in milliseconds. */
  readonly calmMs: number;
  readonly leaseMs?: number;
  readonly folder?: string | undefined;
  readonly say?: (line: string) => void;
}

const PROCESSES = 2;
const LEASE_MS = 5_000;
/** How long the processes may take to end their runs, in milliseconds. */
const END_MS = 180_000;

/** A program in processes of its own that works with an engine while faults come over it; and the verdict. */
export async function engineChaos(options: EngineChaosOptions): Promise<Verdict> {
  const { store, seed, faults, calmMs, say = () => {}, leaseMs = LEASE_MS } = options;
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'runchart-chaos-'));
  const common = { folder, store, leaseMs, dispatch: 'store', capacity: 8, runs: 0, alive: 12 };
  using parts = new Parts({ ...common, plant: null }, randomFrom(seed));
  try {
    for (let n = 0; n < PROCESSES; n += 1) await parts.start('load').begun;
    const subscriber = parts.start('subscriber');
    await subscriber.begun;
    await sleep(calmMs);
    const happened: { readonly name: string; readonly atMs: number }[] = [];
    for (const { name, act } of faults) {
      say(name);
      happened.push({ name, atMs: Date.now() });
      await act();
      await sleep(calmMs);
    }
    const endMs = Date.now();
    for (const load of parts.alive('load')) load.ask();
    await within(
      'the processes that work',
      Promise.all(parts.alive('load').map(({ gone }) => gone)),
    );
    subscriber.ask();
    await within('the subscriber', subscriber.gone);
    const { figures, violations } = await judge(parts, folder);
    return { figures: { ...figures, ...silences(folder, happened, endMs) }, violations };
  } finally {
    if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

async function within(who: string, ended: Promise<unknown>): Promise<void> {
  const late = sleep(END_MS, true);
  if ((await Promise.race([ended, late])) === true) console.error(`${who} did not come to an end`);
}

/** After each fault: the longest time in which nothing at all was acknowledged to any process, and to some one. */
function silences(
  folder: string,
  happened: readonly { readonly name: string; readonly atMs: number }[],
  endMs: number,
): Figures {
  const papers = readPapers(folder);
  const all = timesOf({ runs: [], papers });
  const each = [...papers].map(([by, notes]) =>
    timesOf({ runs: [], papers: new Map([[by, notes]]) }),
  );
  const found = happened.map(({ name, atMs }, i): readonly [string, string] => {
    const untilMs = happened[i + 1]?.atMs ?? endMs;
    const gap = (times: readonly number[]): number => longestGap(times, atMs, untilMs);
    const worst = Math.max(...each.filter(({ length }) => length > 0).map(gap));
    return [`${i + 1}. ${name}, silent ms`, `${gap(all)}, the slower process ${worst}`];
  });
  return Object.fromEntries(found);
}

function timesOf(evidence: Evidence): readonly number[] {
  return [...notesOf(evidence, 'stored')].map(({ atMs }) => atMs).sort((a, b) => a - b);
}

function longestGap(times: readonly number[], fromMs: number, untilMs: number): number {
  const within = [fromMs, ...times.filter((ms) => ms > fromMs && ms < untilMs), untilMs];
  return Math.max(...within.slice(1).map((ms, i) => ms - (within[i] ?? ms)));
}
