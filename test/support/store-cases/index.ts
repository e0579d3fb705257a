/**
 * The contracts of the stores as cases: data, free of any test runner.
 * @module
 */
export { blobStoreCases } from './blob-store-cases.ts';
export { chainCases, chainlessCases } from './chain-cases.ts';
export { checkpointerCases } from './checkpointer-cases.ts';
export { eventStoreCases } from './event-store-cases.ts';
export { outputStoreCases } from './output-store-cases.ts';
export { retentionCases } from './retention-cases.ts';

export type { StoreFixture } from './store-case.ts';
