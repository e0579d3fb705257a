import {
  crashableStores,
  faultyStores,
  heldStores,
  scheduledStores,
  wrapStores,
} from '../../src/testing/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import type { Stores } from '../../src/stores/index.ts';
import { describeCases } from '../support/describe-cases.ts';

const EVERY_METHOD = { has: () => true };

/** Stores that inject no fault have to be what they are made of. */
const wrappers: Readonly<Record<string, (stores: Stores) => Stores>> = {
  'wrapped stores': (stores) => wrapStores(stores, (_, proceed) => proceed()),
  'faulty stores without a fault': (stores) => faultyStores(stores).stores,
  'held stores that hold nothing': (stores) => heldStores(stores).stores,
  'crashable stores that live': (stores) => crashableStores(stores).stores,
  'scheduled stores in the order of the calls': (stores) =>
    scheduledStores(stores, { schedule: (task) => task }, EVERY_METHOD),
};

for (const [name, wrap] of Object.entries(wrappers)) {
  await describeCases(name, { createStores: () => wrap(memory()) }, { quick: true });
}
