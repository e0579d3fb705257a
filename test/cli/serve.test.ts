import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import type { RunInfo } from '../../src/index.ts';
import { root } from '../support/built.ts';
import { type Cli, type Started, until, useCli } from './support/cli.ts';
import { runHere } from './support/run-here.ts';

const createCli = useCli();
const TOKEN = 'a-token-that-nobody-may-see';
const PACKAGE = JSON.stringify(pathToFileURL(join(root, 'dist/index.js')).href);

const DEFINITIONS = `
import { defineRun } from ${PACKAGE};
export const double = defineRun({ name: 'double', execute: ({ input }) => input * 2 });
export const others = [
  double,
  defineRun({ name: 'works', execute: async ({ signal, step }) => {
    await step('wait', () => new Promise((resolve) => {
      const timer = setTimeout(resolve, 60_000);
      signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); });
    }));
  } }),
  defineRun({ name: 'short', execute: () => new Promise((resolve) => setTimeout(() => resolve('in time'), 2_000)) }),
];
export default 'and something else';
`;

/** A folder with a module of definitions. */
function withDefinitions(): Cli {
  const cli = createCli();
  writeFileSync(join(cli.folder, 'definitions.ts'), DEFINITIONS);
  return cli;
}

async function urlOf(serving: Started): Promise<string> {
  await until('it listens', () => serving.out().includes('\n') || serving.child.exitCode !== null);
  const [, url] = /^runchart: listening on (http:\S+)\n$/.exec(serving.out()) ?? [];
  if (url === undefined) throw new Error(`it does not listen: ${serving.out()}${serving.err()}`);
  return url;
}

describe('runchart serve', () => {
  it('creates the store, drives the definitions of a module, and goes on with what it let go', async () => {
    const cli = withDefinitions();
    const first = cli.start('serve', '--port', '0', '--definitions', './definitions.ts');
    const url = await urlOf(first);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const client = createClient(url);
    const run = await client.start('double', { input: 21 });
    expect(await run.result()).toBe(42);
    const short = await client.start('short');
    first.child.kill('SIGINT');
    await until('it says so', () => first.err().includes('going down'));
    await expect(
      createClient(url, { retries: 0 }).start('double', { input: 1 }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^SERVER_(DRAINING|UNREACHABLE)$/) });
    expect(await first.ended).toMatchObject({
      code: 0,
      err: 'runchart: going down; again to end at once\n',
    });
    // It was waited for.
    expect(await shown(cli, short.id)).toMatchObject({
      snapshot: { status: 'completed', result: 'in time' },
    });
    await client.close();
  });

  it('logs what an operator should know as lines of JSON, when it is asked to', async () => {
    const cli = withDefinitions();
    const serving = cli.start('serve', '--port', '0', '--log');
    await urlOf(serving);
    serving.child.kill('SIGTERM');
    const { err } = await serving.ended;
    const lines = err.split('\n').filter((line) => line.startsWith('{'));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'info', event: 'runtime.opened', msg: expect.any(String), time: expect.any(String) },
      { level: 'info', event: 'runtime.draining' },
      { level: 'info', event: 'runtime.closed' },
    ]);
  });

  it('ends at once at the second signal; the next one takes its runs over', async () => {
    const cli = withDefinitions();
    const first = cli.start('serve', '--port', '0', '--definitions', 'definitions.ts');
    const client = createClient(await urlOf(first));
    const { id } = await client.start('works');
    await until('it works', async () => (await shown(cli, id)).snapshot.status === 'executing');
    await client.close();
    first.child.kill('SIGTERM');
    await until('it says so', () => first.err().includes('going down'));
    first.child.kill('SIGTERM');
    expect(await first.ended).toMatchObject({ code: 130 });
    expect((await shown(cli, id)).snapshot.status).toBe('executing');
    const second = cli.start('serve', '--port', '0', '--definitions', 'definitions.ts');
    const url = await urlOf(second);
    await until('it is gone on with', async () => (await shown(cli, id)).snapshot.attempt === 2);
    expect(await cli.run('cancel', id, '--server', url)).toMatchObject({ code: 0 });
    second.child.kill('SIGTERM');
    expect(await second.ended).toMatchObject({ code: 0 });
  });

  it('says where it listens as JSON, for programs', async () => {
    const cli = createCli();
    const serving = cli.start('serve', '--port', '0', '--json');
    await until('it listens', () => serving.out().includes('\n'));
    expect(JSON.parse(serving.out())).toEqual({ url: expect.stringMatching(/^http:/) });
    expect(existsSync(join(cli.folder, '.runchart/runs.db'))).toBe(true);
    serving.child.kill('SIGTERM');
    expect(await serving.ended).toMatchObject({ code: 0 });
  });

  it('asks for the token of the option or of the environment, and never tells it', async () => {
    const cli = createCli();
    const serving = cli.start('serve', '--port', '0', '--token', TOKEN);
    const url = await urlOf(serving);
    const refused = await runHere({}, 'ls', '--server', url);
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toMatch(/^runchart: UNAUTHORIZED: /);
    const wrong = await runHere({}, 'ls', '--server', url, '--token', `${TOKEN}x`);
    expect(wrong.err).toMatch(/^runchart: UNAUTHORIZED: /);
    const { id } = await createClient(url, { token: TOKEN }).open({ prompt: 'hello' });
    const env = { RUNCHART_TOKEN: TOKEN, RUNCHART_SERVER: url };
    const looked = await Promise.all([
      runHere(env, 'show', id),
      runHere(env, 'doctor'),
      runHere({}, 'ls', '--server', url, '--token', TOKEN),
      runHere({}, '--token', TOKEN, '--server', url, 'checkpoints', id),
    ]);
    for (const { code } of looked) expect(code).toBe(0);
    expect(looked[0].out).toContain(`next: runchart events ${id}`);
    expect(looked[2].out).toContain('hello');
    serving.child.kill('SIGTERM');
    const { out, err } = await serving.ended;
    const said = [refused, wrong, ...looked, { out, err }].map((one) => one.out + one.err).join();
    expect(said).not.toContain(TOKEN);
  });

  it('takes the token of the server from the environment where --token is that of a question', async () => {
    const cli = createCli();
    const [id = ''] = await cli.begin('approve');
    const serving = cli.start('serve', '--port', '0', '--token', TOKEN);
    const url = await urlOf(serving);
    const env = { RUNCHART_TOKEN: TOKEN, RUNCHART_SERVER: url };
    const denied = await runHere(env, 'resolve', id, 'approve', 'true', '--token', 'guessed');
    expect(denied.err).toContain('INTERRUPT_DENIED');
    const answered = await runHere(env, 'resolve', id, 'approve', 'true');
    expect(answered.out).toBe(`answered approve of ${id}: true\n`);
    serving.child.kill('SIGTERM');
    await serving.ended;
  });

  it('says which option helps when the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await until('it listens', () => taken.listening);
    const { port } = taken.address() as AddressInfo;
    const ended = await createCli().run('serve', '--port', String(port));
    taken.close();
    expect(ended).toMatchObject({ code: 1, out: '' });
    expect(ended.err).toMatch(
      new RegExp(`^runchart: PORT_TAKEN: port ${port} is taken, [^\n]*--port 0[^\n]*\n$`),
    );
  });

  it('does not listen to others than this machine without a token', async () => {
    const cli = createCli();
    const ended = await cli.run('serve', '--host', '0.0.0.0', '--port', '0');
    expect(readdirSync(cli.folder)).toEqual([]);
    expect(ended).toMatchObject({ code: 2, out: '' });
    expect(ended.err).toMatch(/^runchart: INPUT_INVALID: [^\n]*token[^\n]*\n$/);
  });

  it.each([
    ['nowhere.ts', '', 'nowhere.ts cannot be loaded: ERR_MODULE_NOT_FOUND'],
    ['broken.ts', 'throw new Error("no luck");', 'broken.ts cannot be loaded: UNEXPECTED: no luck'],
    ['empty.ts', 'export const a = 1, b = { name: "b" }, c = null;', 'exports no definition'],
    [
      'double.ts',
      'const execute = () => 1; export const a = { name: "x", execute }, b = { name: "x", execute };',
      'two definitions with the name "x"',
    ],
  ])('refuses the definitions of %s, and creates no store', async (name, code, why) => {
    const cli = createCli();
    if (code !== '') writeFileSync(join(cli.folder, name), code);
    const ended = await cli.run('serve', '--port', '0', '--definitions', name);
    expect(ended).toMatchObject({ code: 2, out: '' });
    expect(ended.err).toMatch(/^runchart: USAGE: [^\n]*\n$/);
    expect(ended.err).toContain(why);
    expect(existsSync(join(cli.folder, '.runchart'))).toBe(false);
  });

  it.each([
    [['--port', '65536'], '--port takes a whole number up to 65535'],
    [['--port', '-1'], '--port takes a whole number from 0'],
    [['--host', ''], '--host is empty'],
    [['--token', 'a b'], 'a token is made of'],
  ])('refuses %j as usage', async (words, why) => {
    const ended = await createCli().run('serve', ...words);
    expect(ended).toMatchObject({ code: 2, out: '' });
    expect(ended.err).toContain(why);
  });
});

describe('the other commands', () => {
  it('load neither the server nor the client', () => {
    for (const name of ['store', 'commands/serve', 'commands/index', 'cli']) {
      const code = readFileSync(join(root, `dist/cli/${name}.js`), 'utf8');
      expect(code).not.toMatch(/^import .*(\/server\/|\/client\/)/m);
    }
  });
});

async function shown(cli: Cli, id: string): Promise<RunInfo> {
  return JSON.parse((await cli.run('show', id, '--json')).out) as RunInfo;
}
