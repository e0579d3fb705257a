import { cpSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Envelope, InterruptInfo } from '../../src/index.ts';
import { type Cli, cliAt, linesOf, type Place, PLACES, until, useCli } from './support/cli.ts';
import { openDeploy } from './support/deploy.ts';

const createCli = useCli();

let template: { readonly folder: string; readonly ids: readonly string[] };

beforeAll(async () => {
  const cli = createCli();
  const ids = await cli.begin('approve', 'done', 'fails', 'parent');
  await using runtime = await openDeploy(cli.folder, 'resume');
  await until('the child asks', async () => {
    const { runs } = await runtime.list({ parentRunId: ids[3] ?? '' });
    return runs.some(({ snapshot }) => snapshot.waiting?.parked === 'waiting');
  });
  template = { folder: cli.folder, ids };
});

describe.each(PLACES)('over %s,', (place: Place) => {
  const withRuns = async (): Promise<Cli> => {
    const cli = createCli();
    cpSync(template.folder, cli.folder, { recursive: true });
    return cliAt(place, cli);
  };
  const idOf = (at: number) => (): string => template.ids[at] ?? '';
  const [approve, done, fails, parent] = [idOf(0), idOf(1), idOf(2), idOf(3)];

  it('show --follow tells what happened, and exits with the status of the run', async () => {
    const cli = await withRuns();
    const completed = await cli.run('show', done(), '--follow');
    expect(completed).toMatchObject({ code: 0, err: '' });
    expect(completed.out).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}created deploy: done\n/);
    expect(completed.out).toMatch(/ {2}attempt 1 began, by own_\S+\n/);
    expect(completed.out).toMatch(/ {2}output partial of \S+/);
    expect(completed.out).toMatch(/ {2}completed: "done"\n$/);
    const failed = await cli.run('show', fails(), '--follow');
    expect(failed.code).toBe(1);
    expect(failed.out).toMatch(/ {2}failed: Error: it did not work\n$/);
  });

  it('show --follow of a run that asks tells how to answer, and goes on until it is cancelled', async () => {
    const cli = await withRuns();
    const following = cli.run('show', approve(), '--follow');
    const cancelled = await cli.run('cancel', approve(), '--reason', 'no\x1b[2Jmore');
    expect(cancelled.code).toBe(0);
    const { code, out } = await following;
    expect(code).toBe(130);
    expect(out).toContain('  asks: Deploy now?\n');
    expect(out).toContain(`  to answer it: runchart resolve ${approve()} approve true\n`);
    expect(out).toMatch(/ {2}cancelled: nomore\n$/);
    expect(out).not.toContain('\x1b');
  });

  it('show --follow --json tells the events of the log', async () => {
    const cli = await withRuns();
    const followed = linesOf<Envelope>(await cli.run('show', done(), '--follow', '--json'));
    expect(followed).toEqual(await cli.json<Envelope>('events', done()));
  });

  it('tree shows what is above a run and what is below it', async () => {
    const cli = await withRuns();
    const text = await cli.run('tree', parent());
    expect(text).toMatchObject({ code: 0, err: '' });
    expect(text.out).toMatch(
      new RegExp(
        `^${parent()}  executing  .*\n└ run_\\S+  executing  .* · waits for answer: approve · the child\n$`,
      ),
    );
    const questions = await cli.json<InterruptInfo>('interrupts');
    const asked = questions.find(({ runId }) => runId !== approve());
    const child = asked?.runId ?? '';
    expect((await cli.run('tree', child)).out).toMatch(
      new RegExp(`^${parent()}  executing.*\n└ ${child}  executing`),
    );
    const json = JSON.parse((await cli.run('tree', parent(), '--json')).out) as object;
    expect(json).toMatchObject({
      above: [],
      run: { runId: parent(), relation: null, below: [{ runId: child, relation: 'child' }] },
    });
  });

  it('tree names a source that was deleted, and cuts many forks with a count', async () => {
    const cli = await withRuns();
    for (let i = 0; i < 12; i += 1) await cli.run('fork', approve());
    const cut = await cli.run('tree', approve());
    expect(cut.out.match(/├ fork run_/g)).toHaveLength(10);
    expect(cut.out).toContain(`└ 2 more forks\nall of them: runchart tree ${approve()} --all\n`);
    const all = await cli.run('tree', approve(), '--all');
    expect(all.out.match(/[├└] fork run_/g)).toHaveLength(12);
    expect(all.out).not.toContain('more');
  });
});
