import type { EventStoreCapabilities } from '../stores/index.ts';
import { type ConformanceCase, conformanceCases } from './conformance-cases.ts';

/** A case that does not apply, and why, in words for people. */
export interface LeftOutCase {
  readonly case: ConformanceCase;
  readonly reason: string;
  /** The capability that the stores do not declare; null when the case is merely slow. */
  readonly missing: keyof EventStoreCapabilities | null;
}

export interface CasePlan {
  readonly cases: readonly ConformanceCase[];
  readonly leftOut: readonly LeftOutCase[];
}

export interface CaseOptions {
  /** Leaves out the cases that take seconds. */
  readonly quick?: boolean;
  /** Only these cases; all others are neither run nor left out. */
  readonly only?: (one: ConformanceCase) => boolean;
}

/**
 * The cases that apply to stores, and those that do not. What a store declares of itself decides, and
 * `quick` and `only`; never what it is called.
 */
export function casesFor(
  capabilities: EventStoreCapabilities,
  { quick = false, only = () => true }: CaseOptions = {},
): CasePlan {
  const cases: ConformanceCase[] = [];
  const leftOut: LeftOutCase[] = [];
  for (const one of conformanceCases.filter(only)) {
    if (one.requires !== undefined && !capabilities[one.requires]) {
      const reason = `the store does not declare the capability "${one.requires}"`;
      leftOut.push({ case: one, reason, missing: one.requires });
    } else if (quick && one.isSlow === true) {
      leftOut.push({ case: one, reason: 'it is slow, and the run is a quick one', missing: null });
    } else cases.push(one);
  }
  return { cases, leftOut };
}
