import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Stores } from '../../src/stores/index.ts';
import { postgres, type PostgresOptions } from '../../src/stores/postgres/index.ts';
import { commitOf } from '../../src/testing/cases/builders.ts';
import { newSchema, postgresUrl } from '../support/postgres/fixture.ts';
import { quietProxy } from '../support/postgres/quiet-proxy.ts';

const LEASE_MS = 600;

async function opened(options: PostgresOptions): Promise<Stores> {
  const stores = postgres({ leaseMs: LEASE_MS, ...options });
  await stores.open();
  onTestFinished(() => stores.close());
  return stores;
}

/** Another process that owns something. */
async function ownerProcess(schema: string, ownerId: string) {
  const script = new URL('../support/postgres/owner-child.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, postgresUrl, schema, ownerId, String(LEASE_MS)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout });
  const said: string[] = [];
  lines.on('line', (line) => said.push(line));
  await once(lines, 'line');
  return {
    child,
    append: async (commit: unknown): Promise<string | undefined> => {
      const before = said.length;
      child.stdin.write(`${JSON.stringify(commit)}\n`);
      await expect.poll(() => said.length).toBeGreaterThan(before);
      return said.at(-1);
    },
  };
}

describe('an owner in Postgres', () => {
  it('is dead for others when its process was frozen longer than its lease, and fenced when it comes back', async () => {
    const schema = newSchema();
    const { events } = await opened({ url: postgresUrl, schema });
    const { child, append } = await ownerProcess(schema, 'own_1');
    const stored = JSON.stringify({ kind: 'stored' });
    expect(await append(commitOf('run_1', 0, { run: { owner: 'own_1' } }))).toBe(stored);
    expect(await events.isAlive('own_1')).toBe(true);
    child.kill('SIGSTOP');
    await expect.poll(() => events.isAlive('own_1')).toBe(false);
    const taken = { run: { owner: 'own_2', epoch: 2 } };
    expect(await events.append([commitOf('run_1', 1, taken)])).toEqual([{ kind: 'stored' }]);
    child.kill('SIGCONT');
    const late = await append(commitOf('run_1', 1, { expectedEpoch: 1 }));
    expect(late).toBe(JSON.stringify({ kind: 'refused', code: 'OWNER_FENCED' }));
    // It is a process that lives: new runs may be its own.
    await expect.poll(() => events.isAlive('own_1')).toBe(true);
  });

  it('dies with its process, at once', async () => {
    const schema = newSchema();
    const { events } = await opened({ url: postgresUrl, schema });
    const { child } = await ownerProcess(schema, 'own_1');
    expect(await events.isAlive('own_1')).toBe(true);
    child.kill('SIGKILL');
    await expect.poll(() => events.isAlive('own_1')).toBe(false);
    await (await events.enlist('own_1')).release();
  });

  it('outlives many leases of silence in its own runs, and a connection that was lost', async () => {
    const schema = newSchema();
    await using proxy = await quietProxy(postgresUrl);
    const mine = await opened({ url: proxy.url, schema });
    const other = await opened({ url: postgresUrl, schema });
    const lease = await mine.events.enlist('own_1');
    await new Promise((resolve) => setTimeout(resolve, 3 * LEASE_MS));
    expect(await other.events.isAlive('own_1')).toBe(true);
    // The server still has the connection before, and its lock: that one is ended for the new one.
    proxy.cutClients();
    await new Promise((resolve) => setTimeout(resolve, 2 * LEASE_MS));
    expect(await other.events.isAlive('own_1')).toBe(true);
    await expect(other.events.enlist('own_1')).rejects.toMatchObject({ code: 'STORE_BUSY' });
    await lease.release();
    expect(await other.events.isAlive('own_1')).toBe(false);
  });

  it('is another one in another schema of the same database', async () => {
    const one = await opened({ url: postgresUrl, schema: newSchema() });
    const two = await opened({ url: postgresUrl, schema: newSchema() });
    await one.events.enlist('own_1');
    expect(await two.events.isAlive('own_1')).toBe(false);
    await two.events.enlist('own_1');
  });
});
