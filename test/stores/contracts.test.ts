import { describe, it } from 'vitest';
import {
  blobStoreCases,
  checkpointerCases,
  eventStoreCases,
  outputStoreCases,
  retentionCases,
} from '../support/store-cases/index.ts';
import { backends } from './backends.ts';

const contracts = {
  'event store': eventStoreCases,
  'output store': outputStoreCases,
  'blob store': blobStoreCases,
  checkpointer: checkpointerCases,
  retention: retentionCases,
};

const BLOB_BACKENDS = new Set(['memory', 'sqlite, worker', 'sqlite, inline']);

for (const [backend, fixture] of Object.entries(backends)) {
  for (const [contract, cases] of Object.entries(contracts)) {
    // Files lie beside any database alike, and these cases take their time.
    if (contract === 'blob store' && !BLOB_BACKENDS.has(backend)) continue;
    describe(`${contract} on ${backend}`, () => {
      for (const { name, run } of cases) it(name, () => run(fixture));
    });
  }
}
