import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Envelope, Explanation, OutputRecord, RunInfo } from '../../src/index.ts';
import { type Cli, until, useCli } from './support/cli.ts';

const createCli = useCli();
const READING = [
  ['ls'],
  ['show', '@last'],
  ['show', '@last', '--follow'],
  ['tree', '@last'],
  ['events', '@last'],
  ['outputs', '@last'],
  ['interrupts'],
  ['checkpoints', '@last'],
  ['prune', '--keep', '0', '--dry-run'],
  ['cancel', '@last'],
  ['verify'],
  ['doctor'],
  ['explain', '@last'],
] as const;

let template: { readonly folder: string; readonly ids: readonly string[] };

beforeAll(async () => {
  const cli = createCli();
  await cli.run('exec', '--session', 'lane', '--', 'echo', 'first');
  await cli.run('exec', '--', 'sh', '-c', 'exit 7');
  const infos = await cli.json<RunInfo>('ls');
  template = { folder: cli.folder, ids: infos.map(({ snapshot }) => snapshot.runId) };
});

/** A store of its own with the two runs, the failed one first. */
function withRuns(): { readonly cli: Cli; readonly ids: readonly string[] } {
  const cli = createCli();
  cpSync(template.folder, cli.folder, { recursive: true });
  return { cli, ids: template.ids };
}

describe('commands that look', () => {
  it('say that there is no store, and create nothing', async () => {
    const cli = createCli();
    for (const args of READING) {
      const ended = await cli.run(...args);
      expect(ended).toMatchObject({ code: 1, out: '' });
      expect(ended.err).toMatch(
        /^runchart: STORE_NOT_FOUND: no store at \.runchart\/runs\.db; .*\n$/,
      );
    }
    expect(readdirSync(cli.folder)).toEqual([]);
    writeFileSync(join(cli.folder, 'empty'), '');
    expect((await cli.run('ls', '--store', 'empty')).err).toContain('STORE_NOT_FOUND');
    expect(readFileSync(join(cli.folder, 'empty'))).toHaveLength(0);
  });

  it('leave no trace in a store', async () => {
    const { cli } = withRuns();
    const folder = join(cli.folder, '.runchart');
    const bytes = (): Buffer => readFileSync(join(folder, 'runs.db'));
    const [names, before] = [readdirSync(folder, { recursive: true }), bytes()];
    for (const args of READING) await cli.run(...args);
    expect(readdirSync(folder, { recursive: true })).toEqual(names);
    expect(bytes().equals(before)).toBe(true);
  });

  it('list runs newest first, and only those that are asked for', async () => {
    const { cli, ids } = withRuns();
    const { out } = await cli.run('ls');
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^RUN +STATUS +SESSION +AGE +EVENTS +PROMPT$/);
    expect(lines[1]).toMatch(/^run_\S+ +failed +- +\d+s +\d+ +sh -c 'exit 7'$/);
    expect(lines[2]).toMatch(/^run_\S+ +completed +lane +\d+s +\d+ +echo first$/);
    const of = async (...args: string[]): Promise<string[]> =>
      (await cli.json<RunInfo>('ls', ...args)).map(({ snapshot }) => snapshot.runId);
    expect(await of('--status', 'failed')).toEqual([ids[0]]);
    expect(await of('--session', 'lane')).toEqual([ids[1]]);
    expect(await of('--definition', 'nope')).toEqual([]);
    expect(await of('--limit', '1')).toEqual([ids[0]]);
  });

  it('list runs by a text, by their age, the oldest first, and those that need somebody', async () => {
    const { cli, ids } = withRuns();
    const listed = async (...options: string[]) =>
      (await cli.json<RunInfo>('ls', ...options)).map(({ snapshot }) => snapshot.runId);
    expect(await listed('--oldest')).toEqual(ids.toReversed());
    expect(await listed('--text', 'LANE')).toEqual([ids[1]]);
    expect(await listed('--text', 'nothing like it')).toEqual([]);
    expect(await listed('--since', '1h', '--limit', '1')).toEqual([ids[0]]);
    expect(await listed('--since', '0s')).toEqual([]);
    expect(await listed('--attention')).toEqual([]);
    expect((await cli.run('ls', '--since', 'yesterday')).code).toBe(2);
  });

  it('show a run by its id, the beginning of it, or as the last one', async () => {
    const { cli, ids } = withRuns();
    const [id = ''] = ids;
    const page = await cli.run('show', '@last');
    expect(page.out).toContain(`${id}  failed`);
    expect(page.out).toMatch(/error +EXEC_FAILED: .*exit code 7/);
    expect(page.out).toContain(`next: runchart outputs ${id}`);
    for (const name of [id, id.slice(0, 12), id.slice('run_'.length, 12)]) {
      expect((await cli.run('show', name)).out).toBe(page.out);
    }
    const json = JSON.parse((await cli.run('show', id, '--json')).out) as RunInfo;
    expect(json.snapshot).toMatchObject({ runId: id, status: 'failed' });
    expect((await cli.run('show', 'run_')).err).toContain('RUN_AMBIGUOUS: run_ fits 2 runs');
  });

  it('take ids for ids, whatever they look like', async () => {
    const { cli, ids } = withRuns();
    for (const id of [
      "'; DROP TABLE runs; --",
      '$(touch hacked)',
      '`touch hacked`',
      '%',
      '_',
      '../..',
    ]) {
      const ended = await cli.run('show', id);
      expect(ended).toMatchObject({ code: 1, out: '' });
      expect(ended.err).toMatch(/^runchart: RUN_NOT_FOUND: [^\n]*\n$/);
    }
    expect(readdirSync(cli.folder)).toEqual(['.runchart']);
    expect(await cli.json('ls')).toHaveLength(ids.length);
  });

  it('print events and outputs as text and as JSON', async () => {
    const { cli, ids } = withRuns();
    const id = ids[1] ?? '';
    const events = await cli.json<Envelope>('events', id, '--after', '1', '--limit', '2');
    expect(events.map(({ seq }) => seq)).toEqual([2, 3]);
    const text = await cli.run('events', id);
    expect(text.out).toMatch(/^ +1 {2}\d\d:\d\d:\d\d\.\d{3} {2}run\.created +\{/);
    const outputs = await cli.json<OutputRecord>('outputs', id);
    expect(outputs.map(({ event }) => event.type)).toEqual(['partial', 'final']);
    expect((await cli.run('outputs', id)).out).toMatch(/^first\nfinal ok: \{/);
  });

  it('mark what came late', async () => {
    const { cli } = withRuns();
    const exec = cli.start(
      'exec',
      '--',
      'sh',
      '-c',
      'trap "echo last words; exit" TERM; echo on; while :; do sleep 0.1; done',
    );
    await until('it runs', () => exec.out().includes('on'));
    exec.child.kill('SIGINT');
    expect(await exec.ended).toMatchObject({ code: 130, out: 'on\nlast words\n' });
    expect((await cli.run('events', '@last')).out).toMatch(/late output\.appended/);
    expect((await cli.run('show', '@last')).out).toMatch(/events +\d+, \d of them late/);
    expect(await cli.run('verify')).toMatchObject({ code: 0 });
  });

  it('follow a run of another process to its end, each event once', async () => {
    const { cli } = withRuns();
    const exec = cli.start(
      'exec',
      '--',
      'sh',
      '-c',
      'for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.1; done',
    );
    await until('it runs', () => exec.out().startsWith('1\n'));
    const followed = await cli.json<Envelope>('events', '@last', '--follow');
    expect(await exec.ended).toMatchObject({ code: 0 });
    expect(followed.map(({ seq }) => seq)).toEqual(followed.map((_, i) => i + 1));
    expect(followed.at(-1)?.event.type).toBe('run.completed');
  });

  it('stop following at Ctrl-C and leave the run alone', async () => {
    const { cli } = withRuns();
    const exec = cli.start('exec', '--', 'sh', '-c', 'echo on; sleep 300');
    await until('it runs', () => exec.out() === 'on\n');
    const follow = cli.start('events', '@last', '--follow');
    await until('it shows the line', () => follow.out().includes('output.appended'));
    follow.child.kill('SIGINT');
    expect(await follow.ended).toMatchObject({ code: 130, err: '' });
    expect((await cli.json<RunInfo>('ls'))[0]?.snapshot.status).toBe('executing');
    exec.child.kill('SIGINT');
    await exec.ended;
  });

  it('end quietly when nobody reads on, and loudly when the disk is full', async () => {
    const { cli } = withRuns();
    await cli.run('exec', '--', 'seq', '20000');
    const piped = await cli.shell('runchart outputs @last | head -1; echo "${PIPESTATUS[0]}"');
    expect(piped).toMatchObject({ out: '1\n0\n', err: '' });
    if (process.platform === 'linux') {
      const full = await cli.shell('runchart ls > /dev/full; echo $?');
      expect(full.out).toBe('1\n');
      expect(full.err).toMatch(/^runchart: ENOSPC: .*\n$/);
    }
  });

  it('verify every log, and tell the receipt of a cancel that came too late', async () => {
    const { cli } = withRuns();
    expect((await cli.run('verify')).out).toMatch(/^2 runs, \d+ events: all agree\n$/);
    expect(await cli.json('verify', '@last')).toMatchObject([{ ok: true, problems: [] }]);
    const cancel = await cli.run('cancel', '@last');
    expect(cancel.code).toBe(1);
    expect(cancel.out).toMatch(/^already failed at seq \d+\n$/);
  });

  it('explain how a run came to be what it is, and what commands would do now', async () => {
    const { cli } = withRuns();
    const { code, out } = await cli.run('explain', '@last');
    expect(code).toBe(0);
    expect(out).toMatch(/^run_\S+ {2}failed\n\npath\n {2}1 {2}- → created {2}by run\.created\n/);
    expect(out).toMatch(/waits for\n {2}nothing: the run is over\n/);
    expect(out).toMatch(/\n {2}complete +late +failed stays, whatever comes\n/);
    const [{ late, commands }] = [
      JSON.parse((await cli.run('explain', '@last', '--json')).out) as Explanation,
    ];
    expect(late).toEqual([]);
    expect(commands.slice(0, 3)).toMatchObject([
      { command: 'complete', outcome: 'late' },
      { command: 'fail', outcome: 'late' },
      { command: 'cancel', outcome: 'nothing' },
    ]);
  });

  it('say by their exit code that something stored is not right, and which run it is', async () => {
    const { cli, ids } = withRuns();
    const db = new DatabaseSync(join(cli.folder, '.runchart/runs.db'));
    db.exec("UPDATE events SET payload = '{}' WHERE type = 'run.failed'");
    db.close();
    const { code, out } = await cli.run('verify');
    expect(code).toBe(1);
    expect(out).toMatch(new RegExp(`^Run ${ids[0]}: seq \\d+ is stored as run\\.failed, .*\\.\n`));
    expect(out).toMatch(/\n2 runs, \d+ events: 1 do not agree\n$/);
    expect(await cli.run('verify', ids[1] ?? '')).toMatchObject({ code: 0 });
  });

  it('say of runs without a chain of hashes that they have none, and find no fault with that', async () => {
    const { cli, ids } = withRuns();
    const { code, out } = await cli.run('verify', '--chain', '--blobs');
    expect(code).toBe(0);
    expect(out).toContain(
      `note: Run ${ids[0]}: it is not chained: it began before the option was on.\n`,
    );
    expect(await cli.json('verify', '@last', '--chain')).toMatchObject([
      { ok: true, chain: { state: 'none', head: null, brokenAt: null } },
    ]);
  });

  it('tell of a run that is gone and was not pruned', async () => {
    const { cli, ids } = withRuns();
    const db = new DatabaseSync(join(cli.folder, '.runchart/runs.db'));
    db.exec(`DELETE FROM events WHERE run = (SELECT run FROM runs WHERE run_id = '${ids[1]}');
      DELETE FROM runs WHERE run_id = '${ids[1]}'`);
    db.close();
    expect(await cli.run('verify')).toMatchObject({
      code: 1,
      out: expect.stringContaining('the store is damaged'),
      err: expect.stringContaining('1 of the runs that were in this file are gone'),
    });
  });

  it('look into the store', async () => {
    const { cli } = withRuns();
    const text = await cli.run('doctor');
    expect(text).toMatchObject({ code: 0 });
    expect(text.out).toContain('no problems\nno runs left behind\n');
    const json = JSON.parse((await cli.run('doctor', '--json')).out) as { facts: object };
    expect(json.facts).toMatchObject({ store: 'sqlite', runs: 2 });
  });
});
