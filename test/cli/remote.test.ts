import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Envelope, RunInfo } from '../../src/index.ts';
import { type Cli, until, useCli } from './support/cli.ts';
import { runHere } from './support/run-here.ts';

const createCli = useCli();
const TOKEN = 'a-token-that-nobody-may-see';

let template: { readonly folder: string; readonly ids: readonly string[] };

beforeAll(async () => {
  const cli = createCli();
  const ids = await cli.begin('approve', 'talk', 'works', 'done', 'fails', 'parent');
  await cli.run('exec', '--session', 'lane', '--', 'sh', '-c', 'echo line; exit 3');
  await cli.run('fork', ids[0] ?? '', '--set', 'target=other');
  template = { folder: cli.folder, ids };
});

/** The same runs twice: in a file, and in another one that a server serves. */
async function twice(): Promise<{ readonly local: Cli; readonly remote: Cli }> {
  const [local, other] = [createCli(), createCli()];
  for (const { folder } of [local, other]) cpSync(template.folder, folder, { recursive: true });
  return { local, remote: await other.served() };
}

async function urlOf(remote: Cli): Promise<string> {
  return (await remote.shell('echo $RUNCHART_SERVER')).out.trim();
}

/** What differs between two calls that say the same: ids that are new, times, ages and folders. */
function plain(text: string): string {
  return text
    .replaceAll(/\/[^\s"]*\/case-\w+/g, '<folder>')
    .replaceAll(/run_[\w-]{16,}/g, (id) => (template.ids.includes(id) ? id : '<run>'))
    .replaceAll(/evt_[\w-]{16,}/g, '<event>')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\d\d:\d\d:\d\d\.\d{3}/g, '<time>')
    .replaceAll(/"(\w+AtMs|mainBytes|walBytes)":\s*\d+/g, '"$1":0')
    .replaceAll(/\b\d+(\.\d)? ?(ms|s|min)\b( \d+ ?s\b)?/g, '<age>')
    .replaceAll(/ +/g, ' ');
}

const APPROVE = 0;
const DONE = 3;

const COMMANDS: readonly (readonly string[])[] = [
  ['ls'],
  ['ls', '--json'],
  ['ls', '--status', 'failed', '--json'],
  ['ls', '--status', 'nonsense'],
  ['ls', '--parent', '5'],
  ['ls', '--limit', '1'],
  ['show', '0'],
  ['show', '0', '--json'],
  ['show', '@last'],
  ['show', '4'],
  ['show', 'run_'],
  ['show', 'nobody'],
  ['show', '../..'],
  ['events', '5'],
  ['events', '3', '--json'],
  ['events', '3', '--follow', '--json'],
  ['events', '3', '--follow', '--after', '2', '--limit', '2'],
  ['outputs', '3'],
  ['outputs', '3', '--json'],
  ['interrupts'],
  ['interrupts', '0', '--json'],
  ['checkpoints', '0'],
  ['checkpoints', '0', '--json'],
  ['checkpoints', '0', '--step', '1'],
  ['checkpoints', '0', '--step', '7'],
  ['verify'],
  ['verify', '--json', '--blobs', '--chain'],
  ['verify', '3'],
  ['explain', '4'],
  ['explain', '0', '--json'],
  ['resolve', '0', 'approve', 'maybe'],
  ['resolve', '0', 'approve', 'true', '--token', 'guessed'],
  ['resolve', '0', 'nonsense', 'true'],
  ['resolve', '0', 'approve', 'true'],
  ['resolve', '0', 'approve', 'true'],
  ['resolve', '1', 'interrupt', '--value', '{"a":1}', '--json'],
  ['send', '2', '{"go":true}'],
  ['send', '3', '1'],
  ['send', '3', 'hello'],
  ['fork', '0', '--step', '1', '--set', 'notes=["x"]'],
  ['fork', '0', '--step', '7'],
  ['fork', '0', '--json'],
  ['cancel', '2', '--reason', 'enough', '--json'],
  ['cancel', '2'],
  ['cancel', '3'],
];

describe('every command', () => {
  it('says over a server what it says over the file, with the same exit code', async () => {
    const { local, remote } = await twice();
    const file = { RUNCHART_STORE: join(local.folder, '.runchart/runs.db') };
    const server = { RUNCHART_SERVER: await urlOf(remote) };
    for (const words of COMMANDS) {
      const args = words.map((word, i) =>
        i > 0 && /^\d$/.test(word) && words[i - 1]?.startsWith('--') !== true
          ? (template.ids[Number(word)] ?? word)
          : word,
      );
      const [here, there] = [await runHere(file, ...args), await runHere(server, ...args)];
      const told = words.join(' ');
      expect([told, there.code]).toEqual([told, here.code]);
      expect(plain(there.err), told).toBe(plain(here.err));
      expect(plain(there.out), told).toBe(plain(here.out));
    }
  });

  it('prunes without a word about a disk that is not here', async () => {
    const { local, remote } = await twice();
    const prune = ['prune', '--keep', '1'];
    const dry = await remote.run(...prune, '--dry-run');
    expect(dry).toMatchObject({ code: 0, err: '' });
    expect(dry.out).toBe(
      (await local.run(...prune, '--dry-run')).out.replace(/^the database on the disk: .*\n/m, ''),
    );
    const [here] = await local.json<object>(...prune, '--keep-events', '1');
    const [there] = await remote.json<object>(...prune, '--keep-events', '1');
    expect(Object.keys(there ?? {})).toEqual(
      Object.keys(here ?? {}).filter((name) => !/^bytes(Before|After)$/.test(name)),
    );
  });

  it('says of processes of another machine what was recorded, and no more', async () => {
    const cli = createCli();
    const lost = cli.start('exec', '--', 'sh', '-c', 'echo $$; sleep 300');
    await until('it runs', () => /^\d+\n$/.test(lost.out()));
    lost.child.kill('SIGKILL');
    await lost.ended;
    const pid = Number(lost.out());
    try {
      const remote = await cli.served();
      expect((await cli.run('doctor')).out).toContain(`a process with the id ${pid} is there`);
      const doctor = await remote.run('doctor');
      expect(doctor.out).toContain(
        `its process was ${pid}, on the machine that it was started on\n`,
      );
      expect(await remote.run('cancel', '@last')).toMatchObject({ code: 0, err: '' });
    } finally {
      process.kill(-pid, 'SIGKILL');
    }
  });
});

describe('a run that is followed over a server', () => {
  it('comes to its end, each event once, from a process that the server does not know', async () => {
    const { local, remote } = await twice();
    const loop = 'for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.1; done';
    const storePath = join(remote.folder, '.runchart/runs.db');
    const work = local.start('exec', '--store', storePath, '--', 'sh', '-c', loop);
    await until('it runs', () => work.out().startsWith('1\n'));
    const followed = await remote.json<Envelope>('events', '@last', '--follow');
    expect(await work.ended).toMatchObject({ code: 0 });
    expect(followed.map(({ seq }) => seq)).toEqual(followed.map((_, i) => i + 1));
    expect(followed.at(-1)?.event.type).toBe('run.completed');
  });

  it('is left alone by Ctrl-C', async () => {
    const { remote } = await twice();
    const follow = remote.start('events', template.ids[APPROVE] ?? '', '--follow');
    await until('it shows the question', () => follow.out().includes('interrupt.'));
    follow.child.kill('SIGINT');
    expect(await follow.ended).toMatchObject({ code: 130 });
    const [info] = await remote.json<RunInfo>('ls', '--status', 'executing');
    expect(info).toBeDefined();
  });

  it('ends quietly when nobody reads on', async () => {
    const { remote } = await twice();
    const id = template.ids[DONE] ?? '';
    const piped = await remote.shell(
      `runchart outputs ${id} | head -c 4; echo " \${PIPESTATUS[0]}"`,
    );
    expect(piped).toMatchObject({ out: 'done 0\n', err: '' });
  });
});

describe('where the server is', () => {
  it('is said by --server or RUNCHART_SERVER, and hints go to the same place', async () => {
    const { remote } = await twice();
    const url = await urlOf(remote);
    const cli = createCli();
    const show = await cli.run('show', template.ids[APPROVE] ?? '', '--server', url);
    expect(show.out).toContain(`next: runchart --server ${url} interrupts `);
    const listed = await remote.shell('runchart ls; runchart --server=$RUNCHART_SERVER ls');
    const [first, second] = [listed.out.slice(0, listed.out.length / 2), listed.out];
    expect(second.startsWith(first)).toBe(true);
    expect(listed.err).toBe('');
    // What is on the command line goes before what is around it.
    const other = await remote.run('ls', '--store', 'nowhere.db');
    expect(other.err).toContain('STORE_NOT_FOUND: no store at nowhere.db');
  });

  it.each([
    [['ls', '--server', 'http://x', '--store', 'y'], 'give one of them'],
    [['ls', '--server', 'somewhere'], 'a server is an http or https URL'],
    [['ls', '--server', 'ftp://x'], 'a server is an http or https URL'],
    [['ls', '--server', `http://me:${TOKEN}@x`], 'no name and no password'],
    [['ls', '--server', 'http://x/?y'], 'without "?" and "#"'],
    [['ls', '--token', TOKEN], '--token is for --server'],
    [['ls', '--server', 'http://x', '--token', `${TOKEN} `], 'a token is made of'],
    [['ls', '--server', 'http://x', '--token', ''], 'a token is made of'],
    [['serve', '--server', 'http://x'], 'serve serves a store of this machine'],
  ])('is refused as usage in %j', async (words, why) => {
    const ended = await createCli().run(...words);
    expect(ended).toMatchObject({ code: 2, out: '' });
    expect(ended.err).toMatch(/^runchart: USAGE: [^\n]*\n$/);
    expect(ended.err).toContain(why);
    expect(ended.err).not.toContain(TOKEN);
  });

  it('is not two places at once', async () => {
    const { err } = await createCli().shell(
      'RUNCHART_STORE=a RUNCHART_SERVER=http://x runchart ls',
    );
    expect(err).toContain('RUNCHART_SERVER and RUNCHART_STORE are both set');
  });

  it('is said to be unreachable when nobody is there', async () => {
    const ended = await createCli().run('ls', '--server', 'http://127.0.0.1:1');
    expect(ended).toMatchObject({ code: 1, out: '' });
    expect(ended.err).toMatch(/^runchart: SERVER_UNREACHABLE: http:\/\/127\.0\.0\.1:1 [^\n]*\n$/);
  });
});
