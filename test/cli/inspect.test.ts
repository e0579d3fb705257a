import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { createRuntime } from '../../src/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { type Cli, type Started, until, useCli } from './support/cli.ts';

const createCli = useCli();
const TOKEN = 'a-token-that-nobody-may-see';
/** The port that is taken when nobody names one. */
const DEFAULT_PORT = 7407;

/** The first line that it printed, when it listens. */
async function lineOf(serving: Started): Promise<string> {
  await until('it listens', () => serving.out().includes('\n') || serving.child.exitCode !== null);
  return serving.out();
}

async function addressOf(serving: Started): Promise<URL> {
  const line = await lineOf(serving);
  const [, address] = /^runchart: the inspector is at (http:\S+)\n$/.exec(line) ?? [];
  if (address === undefined) throw new Error(`it does not listen: ${line}${serving.err()}`);
  return new URL(address);
}

async function endOf(serving: Started): Promise<string> {
  serving.child.kill('SIGTERM');
  const { code, out, err } = await serving.ended;
  expect(code).toBe(0);
  return out + err;
}

/** A store with two runs whose ids begin differently. */
async function withRuns(): Promise<Cli> {
  const cli = createCli();
  mkdirSync(join(cli.folder, '.runchart'));
  const stores = sqlite(join(cli.folder, '.runchart/runs.db'));
  await using runtime = await createRuntime({ stores });
  await runtime.open({ runId: 'first/of two', prompt: 'the first' });
  await runtime.open({ runId: 'second', prompt: 'the second' });
  return cli;
}

describe('runchart inspect', () => {
  it('prints the address of a page that is there, and goes down when it is asked to', async () => {
    const serving = createCli().start('inspect', '--port', '0');
    const address = await addressOf(serving);
    expect(address.href).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/inspect\/$/);
    const page = await fetch(address);
    expect([page.status, page.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
    expect(await page.text()).toContain('<div id="app">');
    expect(await endOf(serving)).toContain('going down');
  });

  it('names a run by the beginning of its id, and leads to it', async () => {
    const cli = await withRuns();
    const serving = cli.start('inspect', 'fir', '--port', '0');
    const address = await addressOf(serving);
    expect(address.pathname).toBe('/inspect/runs/first%2Fof%20two');
    expect((await fetch(address)).status).toBe(200);
    const { snapshot } = await createClient(address.origin).info('first/of two');
    expect(snapshot.prompt).toBe('the first');
    await endOf(serving);
  });

  it('says with --json where server and page are, in one line', async () => {
    const cli = await withRuns();
    const serving = cli.start('inspect', 'second', '--port', '0', '--json');
    const line = await lineOf(serving);
    expect(line.trimEnd()).not.toContain('\n');
    const { url, ...rest } = JSON.parse(line) as Record<string, string>;
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(rest).toEqual({ inspector: `${url}/inspect/runs/second` });
    await endOf(serving);
  });

  it('puts the token behind the "#" and nowhere else', async () => {
    const serving = createCli().start('inspect', '--port', '0', '--log', '--token', TOKEN);
    const address = await addressOf(serving);
    expect(address.hash).toBe(`#token=${TOKEN}`);
    expect(address.href.split('#')[0]).toBe(`${address.origin}/inspect/`);
    const page = await fetch(address);
    expect(page.status).toBe(200);
    expect([...page.headers.values(), await page.text()].join()).not.toContain(TOKEN);
    expect((await fetch(`${address.origin}/v1/runs`)).status).toBe(401);
    const client = createClient(address.origin, { token: TOKEN });
    expect((await client.list()).runs).toEqual([]);
    const said = await endOf(serving);
    expect(said.split(TOKEN)).toHaveLength(2);
  });

  it('takes another port when the usual one is taken, and does not when it was named', async () => {
    const taken = createServer();
    taken.listen(DEFAULT_PORT, '127.0.0.1');
    // Somebody else may have it, which is as good.
    await Promise.race([once(taken, 'listening'), once(taken, 'error')]).catch(() => undefined);
    const serving = createCli().start('inspect');
    const address = await addressOf(serving);
    expect(Number(address.port)).not.toBe(DEFAULT_PORT);
    expect((await fetch(address)).status).toBe(200);
    await endOf(serving);
    taken.close();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const refused = await createCli().run('inspect', '--port', String(port));
    other.close();
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toMatch(new RegExp(`^runchart: PORT_TAKEN: port ${port} is taken`));
  });

  it('refuses --server: it serves a store of this machine', async () => {
    const ended = await createCli().run('inspect', '--server', 'http://127.0.0.1:1');
    expect(ended).toMatchObject({ code: 2, out: '' });
    expect(ended.err).toMatch(/^runchart: USAGE: [^\n]*--server[^\n]*\n$/);
  });
});
