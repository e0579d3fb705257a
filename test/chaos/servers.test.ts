import { expect, it } from 'vitest';
import { engineChaos } from '../support/chaos/engine-chaos.ts';
import { startProxiedCluster } from '../support/chaos/nats-cluster.ts';
import { natsFaults, unequalReplicas } from '../support/chaos/nats-faults.ts';
import { postgresProgramme, PROGRAMMES } from '../support/chaos/postgres-faults.ts';
import { findNatsServer, NO_NATS } from '../support/nats/find-nats-server.ts';
import { findPostgres, NO_POSTGRES } from '../support/postgres/server.ts';
import { newSeed, randomFrom } from '../support/runtime/random.ts';

/** The scripts do all of it, several times over; here once has to do. */
const CALM_MS = 2_500;

it.each(PROGRAMMES)(
  'nothing is lost, and nothing told of wrongly, when Postgres has a programme of %s',
  { timeout: 240_000 },
  async (programme) => {
    const programs = findPostgres();
    if (programs === undefined) return console.log(NO_POSTGRES);
    const seed = newSeed();
    const options = { programme, programs, random: randomFrom(seed), times: 1 };
    await using servers = await postgresProgramme(options);
    const { address: store, faults } = servers;
    const { violations, figures } = await engineChaos({ store, seed, faults, calmMs: CALM_MS });
    console.log(`chaos of Postgres, ${programme}, seed ${seed}`, figures);
    expect(violations, `RUNCHART_SEED=${seed}`).toEqual([]);
  },
);

it(
  'nothing is lost, and nothing told of wrongly, when the leader of a NATS cluster is killed, and stopped',
  { timeout: 240_000 },
  async () => {
    if (findNatsServer() === undefined) return console.log(NO_NATS);
    const seed = newSeed();
    await using cluster = await startProxiedCluster();
    const faults = natsFaults(cluster, 0).slice(1, 3);
    const store = `${cluster.urls.join(',')}?replicas=3`;
    const { violations, figures } = await engineChaos({ store, seed, faults, calmMs: CALM_MS });
    console.log(`chaos of a NATS cluster, seed ${seed}`, figures);
    expect(violations, `RUNCHART_SEED=${seed}`).toEqual([]);
    expect(await unequalReplicas(cluster)).toEqual([]);
  },
);
