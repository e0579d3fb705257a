import { describe, it } from 'vitest';
import {
  checkpointerCases,
  eventStoreCases,
  outputStoreCases,
} from '../support/store-cases/index.ts';
import { backends } from './backends.ts';

const contracts = {
  'event store': eventStoreCases,
  'output store': outputStoreCases,
  checkpointer: checkpointerCases,
};

for (const [backend, fixture] of Object.entries(backends)) {
  for (const [contract, cases] of Object.entries(contracts)) {
    describe(`${contract} on ${backend}`, () => {
      for (const { name, run } of cases) it(name, () => run(fixture));
    });
  }
}
