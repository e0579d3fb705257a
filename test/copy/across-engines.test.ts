import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRuntime } from '../../src/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { nats } from '../../src/stores/nats/index.ts';
import { postgres } from '../../src/stores/postgres/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import type { Stores } from '../../src/stores/index.ts';
import { temporaryFile } from '../stores/backends.ts';
import { findNatsServer, NO_NATS } from '../support/nats/find-nats-server.ts';
import { type NatsServer, startNatsServer } from '../support/nats/nats-server.ts';
import { findPostgres, NO_POSTGRES, startPostgres } from '../support/postgres/server.ts';
import type { PostgresServer } from '../support/postgres/server.ts';
import { copied, idsOf } from './support/copied.ts';
import { randomHousehold } from './support/random-household.ts';

const SEED = Number(process.env['RUNCHART_SEED'] ?? Date.now() % 1_000_000_007);
const HAS_POSTGRES = findPostgres() !== undefined;
const HAS_NATS = findNatsServer() !== undefined;
if (!HAS_POSTGRES) console.log(NO_POSTGRES);
if (!HAS_NATS) console.log(NO_NATS);

describe(`copies from engine to engine, seed ${SEED} (RUNCHART_SEED repeats it)`, () => {
  let postgresServer: PostgresServer | undefined;
  let natsServer: NatsServer | undefined;

  beforeAll(async () => {
    if (HAS_POSTGRES) postgresServer = await startPostgres();
    if (HAS_NATS) natsServer = await startNatsServer();
  }, 60_000);
  afterAll(async () => {
    await postgresServer?.[Symbol.asyncDispose]();
    await natsServer?.close();
  });

  /** Each engine that is there, and at the end the first kind again. */
  async function chain(): Promise<readonly Stores[]> {
    return [
      sqlite(await temporaryFile(), { chain: true }),
      ...(postgresServer === undefined ? [] : [postgres(postgresServer.url)]),
      ...(natsServer === undefined
        ? []
        : [nats({ servers: natsServer.url, syncAlways: true, name: 'copies' })]),
      memory(),
      sqlite(await temporaryFile()),
    ];
  }

  it('hand everything on, and what arrives is what was there at the start', async () => {
    const stores = await chain();
    const [first, ...others] = stores;
    if (first === undefined) throw new TypeError('Expected stores, got none');
    await randomHousehold(first, SEED, 14);
    const ids = await idsOf(first);
    let from = first;
    for (const to of others) {
      await to.open();
      const report = await copied(from, to);
      expect(report, to.location).toMatchObject({ left: [], differences: [], ok: true });
      expect(await idsOf(to), to.location).toEqual(ids);
      from = to;
    }
    // Not only each from the one before it.
    expect(await copied(first, from)).toMatchObject({ copied: 0, there: ids.length, ok: true });
    const runtime = await createRuntime({ stores: from, recovery: 'leave' });
    for await (const { runId, problems } of runtime.verifyAll()) {
      expect(problems, runId).toEqual([]);
    }
    await runtime.close();
    for (const one of stores) await one.close();
  }, 120_000);
});
