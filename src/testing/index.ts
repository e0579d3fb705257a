/**
 * For those who write a store, or test code that stands on one: the contracts of the stores as cases,
 * and stores and a clock that misbehave on purpose. Free of any test runner.
 * @module
 */
export { casesFor } from './cases-for.ts';
export type { CaseOptions, CasePlan, LeftOutCase } from './cases-for.ts';
export type { CaseStage, StoreCase } from './cases/store-case.ts';
export { conformanceCases } from './conformance-cases.ts';
export type { ConformanceCase, Contract } from './conformance-cases.ts';
export { openConformance } from './conformance.ts';
export type { Conformance, ConformanceFixture, ConformanceLimits } from './conformance.ts';
export { runConformance } from './run-conformance.ts';
export type {
  CaseResult,
  ConformanceOptions,
  ConformanceReport,
  FailedCase,
} from './run-conformance.ts';
export { crashableStores } from './crashable-stores.ts';
export type { CrashableStores } from './crashable-stores.ts';
export { faultyStores, InjectedFault } from './faulty-stores.ts';
export type { FaultMode, FaultyStores } from './faulty-stores.ts';
export { heldStores } from './held-stores.ts';
export type { HeldStores } from './held-stores.ts';
export { scheduledStores } from './scheduled-stores.ts';
export type { Schedules } from './scheduled-stores.ts';
export { virtualClock } from './virtual-clock.ts';
export type { VirtualClock } from './virtual-clock.ts';
export { wrapStores } from './wrap-stores.ts';
export type { Around, StoreCall } from './wrap-stores.ts';
