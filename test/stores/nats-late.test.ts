import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { nats } from '../../src/stores/nats/index.ts';
import type { Stores } from '../../src/stores/index.ts';
import { commitOf } from '../../src/testing/cases/builders.ts';
import { startNatsServer } from '../support/nats/nats-server.ts';

async function opened(servers: string): Promise<Stores> {
  const stores = nats({ servers, name: 'late', syncAlways: true, busyLimitMs: 100 });
  await stores.open();
  return stores;
}

it('an append that was given up and is stored all the same is known to its own process too', async () => {
  await using server = await startNatsServer();
  const [mine, other] = [await opened(server.url), await opened(server.url)];
  try {
    await mine.events.append([commitOf('run_1', 0)]);
    const { lastSeq = 0 } = (await mine.events.get('run_1')) ?? {};
    await server.freeze();
    const appended = mine.events.append([commitOf('run_1', lastSeq)]);
    await expect(appended).rejects.toMatchObject({ code: 'STORE_FAILED' });
    server.thaw();
    const lastOf = async ({ events }: Stores): Promise<number | undefined> =>
      (await events.list({ limit: 1 })).runs[0]?.lastSeq;
    await expect.poll(() => lastOf(other)).toBe(2 * lastSeq);
    await sleep(100);
    expect(await lastOf(mine)).toBe(2 * lastSeq);
  } finally {
    await mine.close();
    await other.close();
  }
});
