/**
 * The contracts of the stores as cases: data, free of any test runner.
 * @module
 */
export { checkpointerCases } from './checkpointer-cases.ts';
export { eventStoreCases } from './event-store-cases.ts';
export { outputStoreCases } from './output-store-cases.ts';

export type { StoreFixture } from './store-case.ts';
