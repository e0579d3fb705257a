import type { Violation } from './judge.ts';

/** What was counted and measured, by name, in the order to print it. */
export type Figures = Readonly<Record<string, string | number>>;

export interface Verdict {
  readonly violations: readonly Violation[];
  readonly figures: Figures;
}

/** A process that was killed, or stopped for a while, in epoch milliseconds. */
export interface Disturbance {
  readonly kind: 'kill' | 'stop';
  /** The name of its paper. */
  readonly part: string;
  readonly fromMs: number;
  /** When it went on; of one that was killed it never did. */
  readonly toMs: number | null;
}

/** How many violations of one rule are printed. */
const TOLD = 10;

/** Prints a verdict, and makes the process fail when there is a violation. */
export function tell({ violations, figures }: Verdict): void {
  for (const [name, value] of Object.entries(figures)) line(name, value);
  line('violations', violations.length);
  for (const [rule, all] of Map.groupBy(violations, ({ rule }) => rule)) {
    for (const { runId, reason } of all.slice(0, TOLD)) {
      console.log(`  [${rule}] ${runId}: ${reason}`);
    }
    if (all.length > TOLD) console.log(`  [${rule}] and ${all.length - TOLD} more`);
  }
  if (violations.length > 0) process.exitCode = 1;
}

export function line(name: string, value: string | number): void {
  console.log(`${name.padEnd(44)} ${value}`);
}
