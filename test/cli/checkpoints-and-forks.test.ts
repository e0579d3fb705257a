import { cpSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CheckpointMeta, RunInfo } from '../../src/index.ts';
import { type Cli, cliAt, type Place, PLACES, until, useCli } from './support/cli.ts';

const createCli = useCli();

let template: { readonly folder: string; readonly id: string };

beforeAll(async () => {
  const cli = createCli();
  const [id = ''] = await cli.begin('approve');
  await cli.run('resolve', id, 'approve', 'true');
  await cli.goOn(id);
  template = { folder: cli.folder, id };
});

/** A store of its own with a run that is over and has two checkpoints. */
async function withCheckpoints(place: Place): Promise<{ readonly cli: Cli; readonly id: string }> {
  const cli = createCli();
  cpSync(template.folder, cli.folder, { recursive: true });
  return { cli: await cliAt(place, cli), id: template.id };
}

describe.each(PLACES)('over %s,', (place) => {
  describe('checkpoints of a run', () => {
    it('are listed, and one is printed with its values', async () => {
      const { cli, id } = await withCheckpoints(place);
      const list = await cli.run('checkpoints', id);
      expect(list.out).toMatch(
        /^STEP +VERSION +WHEN +LABEL\n +1 +1 .* built\n +2 +1 .* answered\n$/,
      );
      expect(list.err).toContain(`runchart fork ${id} --step 2`);
      const all = await cli.json<CheckpointMeta>('checkpoints', id);
      expect(all.map(({ superStep, label }) => [superStep, label])).toEqual([
        [1, 'built'],
        [2, 'answered'],
      ]);
      const one = await cli.run('checkpoints', id, '--step', '1');
      expect(one.out).toMatch(
        /^super-step 1, version 1, built, .*\nnotes \["built"\]\ntarget "staging"\n$/,
      );
      expect(await cli.json('checkpoints', id, '--step', '2')).toMatchObject([
        { superStep: 2, values: { notes: ['built', 'approved'], target: 'staging' } },
      ]);
    });

    it('may be none, and those that are not there are said to be missing', async () => {
      const { cli, id } = await withCheckpoints(place);
      const [without = ''] = await cli.begin('done');
      expect(await cli.run('checkpoints', without)).toMatchObject({
        code: 0,
        out: '',
        err: 'no checkpoints\n',
      });
      for (const args of [
        ['checkpoints', id, '--step', '9'],
        ['fork', id, '--step', '9'],
        ['fork', without],
      ]) {
        const ended = await cli.run(...args);
        expect(ended).toMatchObject({ code: 1, out: '' });
        expect(ended.err).toMatch(/^runchart: CHECKPOINT_NOT_FOUND: [^\n]*\n$/);
      }
    });
  });

  describe('runchart fork', () => {
    it('prints the id of a new run that a program with the definition goes on with', async () => {
      const { cli, id } = await withCheckpoints(place);
      const fork = await cli.run('fork', id, '--step', '1', '--session', 'again');
      expect(fork.code).toBe(0);
      expect(fork.out).toMatch(/^run_\S+\n$/);
      expect(fork.err).toContain('a program with "deploy" registered goes on with it');
      const forkId = fork.out.trim();
      const [info] = await cli.json<RunInfo>('ls', '--fork-of', id);
      expect(info).toMatchObject({
        snapshot: { runId: forkId, sessionId: 'again', forkedFrom: { runId: id, superStep: 1 } },
        owner: null,
      });
      expect((await cli.run('ls')).out).toMatch(/created \(let go\) +again/);
    });

    it('begins with the values that are set, in their order, and asks again', async () => {
      const { cli, id } = await withCheckpoints(place);
      const [fork] = await cli.json<{ readonly runId: string }>(
        'fork',
        id,
        '--step',
        '1',
        '--set',
        'notes=["other"]',
        '--set',
        'target=dropped',
        '--set',
        'target=prod=1',
        '--set',
        'count=-7',
      );
      const forkId = fork?.runId ?? '';
      expect(fork).toEqual({
        runId: forkId,
        forkedFrom: { runId: id, superStep: 1, version: 1 },
      });
      const [begin] = await cli.json<{ readonly values: object }>(
        'checkpoints',
        forkId,
        '--step',
        '1',
      );
      expect(begin?.values).toEqual({ notes: ['other'], target: 'prod=1', count: -7 });
      const going = cli.program('go-on', forkId);
      await answered(cli, forkId);
      expect(JSON.parse((await going.ended).out)).toMatchObject({
        status: 'completed',
        result: { notes: ['other', 'approved'], target: 'prod=1' },
      });
      // The source stays as it was.
      const [source] = await cli.json('checkpoints', id, '--step', '2');
      expect(source).toMatchObject({ values: { notes: ['built', 'approved'] } });
    });

    it.each([
      [['--set', 'notes=[oops'], '--set notes takes JSON, got [oops'],
      [['--set', 'notes={'], '--set notes takes JSON'],
      [['--set', 'notes="open'], '--set notes takes JSON'],
      [['--set', 'notes'], '--set takes CHANNEL=JSON, got "notes"'],
      [['--set', '=1'], '--set takes CHANNEL=JSON'],
      [['--merge'], '--merge needs something to merge'],
      [['--session', ''], '--session is empty'],
      [['--step', 'last'], '--step takes a whole number from 0'],
    ])('refuses %j as usage, and makes no run', async (words, why) => {
      const { cli, id } = await withCheckpoints(place);
      const ended = await cli.run('fork', id, ...words);
      expect(ended).toMatchObject({ code: 2, out: '' });
      expect(ended.err).toContain(why);
      expect(await cli.json('ls')).toHaveLength(1);
    });

    it('is shown in the lineage of both runs', async () => {
      const { cli, id } = await withCheckpoints(place);
      const forkId = (await cli.run('fork', id, '--step', '1')).out.trim();
      expect((await cli.run('show', forkId)).out).toContain(
        `forked from     ${id}, super-step 1, version 1\n`,
      );
      const source = await cli.run('show', id);
      expect(source.out).toContain(`forks           1: ${forkId} created\n`);
      expect(source.out).toMatch(
        /checkpoints +2 versions, the last: super-step 2, version 1, answered/,
      );
      const json = JSON.parse((await cli.run('show', id, '--json')).out) as object;
      expect(json).toMatchObject({
        forks: [{ runId: forkId, status: 'created' }],
        children: [],
        interrupts: [],
        checkpoints: { count: 2, last: { superStep: 2, version: 1, label: 'answered' } },
      });
    });
  });
});

/** Waits for the question of a run that somebody drives, and says yes. */
async function answered(cli: Cli, runId: string): Promise<void> {
  await until('it asks', async () => (await cli.json('interrupts', runId)).length === 1);
  expect(await cli.run('resolve', runId, 'approve', 'true')).toMatchObject({ code: 0 });
}
