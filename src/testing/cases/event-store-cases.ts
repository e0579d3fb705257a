import { appendCases, keyCases } from './append-cases.ts';
import { dueCases } from './due-cases.ts';
import { importCases } from './import-cases.ts';
import { importedKeyCases } from './import-key-cases.ts';
import { importRefusalCases } from './import-refusal-cases.ts';
import { lifeCases } from './life-cases.ts';
import { listCases } from './list-cases.ts';
import { longLogCases } from './long-log-cases.ts';
import { eventValueCases } from './odd-value-cases.ts';
import { raceCases } from './race-cases.ts';
import { readCases } from './read-cases.ts';
import type { StoreCase } from './store-case.ts';

/** Every sentence of the contract of the event store, and of the stores as a whole. */
export const eventStoreCases: readonly StoreCase[] = [
  ...appendCases,
  ...keyCases,
  ...readCases,
  ...importCases,
  ...importRefusalCases,
  ...importedKeyCases,
  ...listCases,
  ...dueCases,
  ...lifeCases,
  ...raceCases,
  ...eventValueCases,
  ...longLogCases,
];
