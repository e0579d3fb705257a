import { blobStoreCases } from './cases/blob-store-cases.ts';
import { checkpointerCases } from './cases/checkpointer-cases.ts';
import { eventStoreCases } from './cases/event-store-cases.ts';
import { outputStoreCases } from './cases/output-store-cases.ts';
import { retentionCases } from './cases/retention-cases.ts';
import { handleCases } from './cases/race-cases.ts';
import { reopenCases } from './cases/reopen-cases.ts';
import type { StoreCase } from './cases/store-case.ts';

/**
 * What a case is about: one of the interfaces of `runchart/stores`, what is not kept for ever, or what
 * the stores of one place promise together.
 */
export type Contract =
  | 'event store'
  | 'output store'
  | 'checkpointer'
  | 'blob store'
  | 'retention'
  | 'stores';

/** A case and the contract that it is a sentence of. */
export interface ConformanceCase extends StoreCase {
  readonly contract: Contract;
}

const of = (contract: Contract, cases: readonly StoreCase[]): readonly ConformanceCase[] =>
  cases.map((one) => ({ ...one, contract }));

/** Every sentence that a store has to keep, as data. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...of('event store', eventStoreCases),
  ...of('output store', outputStoreCases),
  ...of('checkpointer', checkpointerCases),
  ...of('blob store', blobStoreCases),
  ...of('retention', retentionCases),
  ...of('stores', [...handleCases, ...reopenCases]),
];
