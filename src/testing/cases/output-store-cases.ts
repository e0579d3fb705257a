import { outputImportCases } from './import-record-cases.ts';
import { outputValueCases } from './odd-value-cases.ts';
import { recordCases } from './output-record-cases.ts';
import { refusalCases, usedBlobCases } from './output-refusal-cases.ts';
import type { StoreCase } from './store-case.ts';

/** Every sentence of the contract of the output store. */
export const outputStoreCases: readonly StoreCase[] = [
  ...recordCases,
  ...refusalCases,
  ...usedBlobCases,
  ...outputImportCases,
  ...outputValueCases,
];
