/**
 * Postgres crashes, loses connections and fails over under load, and the proof that nothing was lost:
 * `node scripts/chaos-postgres.ts [--only crashes|cuts|failover] [--times 8] [--seed N] [--keep]`.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { engineChaos } from '../test/support/chaos/engine-chaos.ts';
import { postgresProgramme, PROGRAMMES } from '../test/support/chaos/postgres-faults.ts';
import { line, tell } from '../test/support/chaos/verdict.ts';
import { findPostgres, NO_POSTGRES } from '../test/support/postgres/server.ts';
import { newSeed, randomFrom } from '../test/support/runtime/random.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    times: { type: 'string', default: '8' },
    seed: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const seed = values.seed === undefined ? newSeed() : Number(values.seed);
const programs = findPostgres();
if (programs === undefined) {
  console.error(NO_POSTGRES);
  process.exit(1);
}
line('seed', seed);
for (const programme of PROGRAMMES) {
  if (values.only !== undefined && values.only !== programme) continue;
  console.log(`\n${programme}`);
  const folder = values.keep ? mkdtempSync(join(tmpdir(), 'runchart-chaos-')) : undefined;
  if (folder !== undefined) line('folder', folder);
  const options = { programme, programs, random: randomFrom(seed), times: Number(values.times) };
  await using servers = await postgresProgramme(options);
  const { address, faults } = servers;
  const say = (what: string): void => console.log(what);
  const verdict = await engineChaos({ store: address, seed, faults, calmMs: 6_000, folder, say });
  tell({ ...verdict, figures: { ...verdict.figures, ...servers.figures() } });
}
