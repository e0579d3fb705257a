import { performance } from 'node:perf_hooks';
import type { CaseOptions, LeftOutCase } from './cases-for.ts';
import type { ConformanceCase } from './conformance-cases.ts';
import { type ConformanceFixture, type ConformanceLimits, openConformance } from './conformance.ts';
import { failureText } from './plain-words.ts';

/** What became of one case. */
export type CaseResult =
  | { readonly case: ConformanceCase; readonly passed: true; readonly durationMs: number }
  | {
      readonly case: ConformanceCase;
      readonly passed: false;
      readonly durationMs: number;
      /** What was expected and what came, as one sentence. */
      readonly reason: string;
      readonly error: unknown;
    };

export type FailedCase = Extract<CaseResult, { passed: false }>;

export interface ConformanceReport {
  /** True when every case that applies has passed. */
  readonly ok: boolean;
  readonly results: readonly CaseResult[];
  readonly failed: readonly FailedCase[];
  readonly leftOut: readonly LeftOutCase[];
}

export interface ConformanceOptions extends CaseOptions, ConformanceLimits {
  /** Called after each case, in their order; what it answers is waited for. */
  readonly onCase?: (result: CaseResult) => void | Promise<void>;
}

/**
 * Runs every case that applies to the stores of the fixture, one after the other, and answers what
 * became of each. A case that fails, or does not end in time, is a result and no rejection; it rejects
 * only when the fixture cannot make stores at all.
 */
export async function runConformance(
  fixture: ConformanceFixture,
  { onCase, caseLimitMs, ...which }: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const conformance = openConformance(fixture, caseLimitMs === undefined ? {} : { caseLimitMs });
  const results: CaseResult[] = [];
  const { cases, leftOut } = await conformance.plan(which);
  try {
    for (const one of cases) {
      const result = await resultOf(one, conformance.run);
      results.push(result);
      await onCase?.(result);
    }
  } finally {
    // Stores that do not close have failed the cases that open their own.
    await conformance.close().catch(() => undefined);
  }
  const failed = results.filter((result): result is FailedCase => !result.passed);
  return { ok: failed.length === 0, results, failed, leftOut };
}

async function resultOf(
  one: ConformanceCase,
  run: (one: ConformanceCase) => Promise<void>,
): Promise<CaseResult> {
  const startedMs = performance.now();
  const sinceMs = (): number => performance.now() - startedMs;
  try {
    await run(one);
    return { case: one, passed: true, durationMs: sinceMs() };
  } catch (error) {
    const reason = failureText(error);
    return { case: one, passed: false, durationMs: sinceMs(), reason, error };
  }
}
