/** Reads the store and the papers with fresh eyes, and writes what it found: `judge-child.ts <settings> <file>`. */
import { writeFileSync } from 'node:fs';
import { createRuntime } from '../../../src/index.ts';
import { type Evidence, readLogs } from './evidence.ts';
import { figuresOf } from './figures.ts';
import { violationsOf } from './judge.ts';
import { openStores } from './open-stores.ts';
import { readPapers } from './paper.ts';
import type { Verdict } from './verdict.ts';

const { store, folder, leaseMs, disturbances } = JSON.parse(process.argv[2] ?? '{}');
const stores = openStores(store, { leaseMs });
await using runtime = await createRuntime({ stores, role: 'orchestrator' });
const evidence: Evidence = {
  runs: await readLogs(stores, async (runId) => (await runtime.verify(runId)).problems),
  papers: readPapers(folder),
};
const verdict: Verdict = {
  violations: violationsOf(evidence),
  figures: figuresOf(evidence, disturbances),
};
writeFileSync(process.argv[3] ?? '', JSON.stringify(verdict));
