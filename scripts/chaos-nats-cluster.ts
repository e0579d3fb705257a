/**
 * Three NATS servers that hold everything three times are killed, stopped and parted under load, and the proof
 * that nothing was lost: `node scripts/chaos-nats-cluster.ts [--rolls 2] [--seed N] [--keep]`.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { engineChaos } from '../test/support/chaos/engine-chaos.ts';
import { startProxiedCluster } from '../test/support/chaos/nats-cluster.ts';
import { natsFaults, unequalReplicas } from '../test/support/chaos/nats-faults.ts';
import { line, tell } from '../test/support/chaos/verdict.ts';
import { findNatsServer, NO_NATS } from '../test/support/nats/find-nats-server.ts';
import { newSeed } from '../test/support/runtime/random.ts';

const { values } = parseArgs({
  options: {
    rolls: { type: 'string', default: '2' },
    seed: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
if (findNatsServer() === undefined) {
  console.error(NO_NATS);
  process.exit(1);
}
const seed = values.seed === undefined ? newSeed() : Number(values.seed);
line('seed', seed);
const folder = values.keep ? mkdtempSync(join(tmpdir(), 'runchart-chaos-')) : undefined;
if (folder !== undefined) line('folder', folder);
await using cluster = await startProxiedCluster();
const { violations, figures } = await engineChaos({
  store: `${cluster.urls.join(',')}?replicas=3`,
  seed,
  faults: natsFaults(cluster, Number(values.rolls)),
  calmMs: 8_000,
  folder,
  say: (what) => console.log(what),
});
const unequal = await unequalReplicas(cluster);
tell({
  figures: { ...figures, 'replicas that differ': unequal.length },
  violations: [
    ...violations,
    ...unequal.map((reason) => ({ rule: 'replicas equal' as const, runId: '-', reason })),
  ],
});
