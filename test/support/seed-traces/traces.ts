import { readFileSync } from 'node:fs';
import type { Json } from '../../../src/json.ts';

/** What was asked of a seed and what it answered. */
type Exchange<Request> = readonly [request: Request, reply: Reply];

export type Reply =
  | { readonly ok: true; readonly v: Json }
  | { readonly ok: false; readonly err: string; readonly msg: string };

export interface Trace<Request> {
  readonly family: string;
  readonly seed: number;
  readonly ops: readonly Exchange<Request>[];
}

/** The recorded traces of one family. */
export function readTraces<Request>(family: string): Trace<Request>[] {
  const lines = readFileSync(new URL('../../fixtures/seed-traces.jsonl', import.meta.url), 'utf8');
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Trace<Request>)
    .filter((trace) => trace.family === family);
}

/** Counts replies: those that were the seed's own, and those that differ, by the rule that makes them differ. */
export class Tally {
  equal = 0;
  readonly #differing = new Map<string, number>();

  /** Counts one reply. `rules` are the rules that apply to it; none means that it MUST be equal. */
  count(rules: Iterable<string>): void {
    const names = [...rules];
    if (names.length === 0) this.equal += 1;
    else {
      const name = names.toSorted().join(' and ');
      this.#differing.set(name, (this.#differing.get(name) ?? 0) + 1);
    }
  }

  get differing(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#differing].toSorted(([a], [b]) => a.localeCompare(b)));
  }

  get total(): number {
    return [...this.#differing.values()].reduce((sum, count) => sum + count, this.equal);
  }
}
