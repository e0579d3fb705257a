import { cpSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Envelope, InterruptInfo, RunInfo } from '../../src/index.ts';
import { type Cli, cliAt, type Place, PLACES, useCli } from './support/cli.ts';

const createCli = useCli();
const TOKEN = /[\w-]{43}/;

let template: { readonly folder: string; readonly ids: readonly string[] };

beforeAll(async () => {
  const cli = createCli();
  const ids = await cli.begin('approve', 'talk', 'form', 'receive', 'done');
  template = { folder: cli.folder, ids };
});

interface Waiting {
  readonly cli: Cli;
  readonly approve: string;
  readonly talk: string;
  readonly form: string;
  readonly receive: string;
  readonly done: string;
}

/** A store of its own with runs that wait. */
async function withWaiting(place: Place): Promise<Waiting> {
  const cli = createCli();
  cpSync(template.folder, cli.folder, { recursive: true });
  const [approve = '', talk = '', form = '', receive = '', done = ''] = template.ids;
  return { cli: await cliAt(place, cli), approve, talk, form, receive, done };
}

describe.each(PLACES)('over %s,', (place) => {
  describe('the questions of runs', () => {
    it('are listed of all runs that are not over, with the command that answers them', async () => {
      const { cli, approve, talk } = await withWaiting(place);
      const { code, out, err } = await cli.run('interrupts');
      expect([code, err]).toEqual([0, '']);
      expect(out.match(/^ {2}interrupt +.*$/gm)).toHaveLength(3);
      expect(out).toContain(`Deploy now?\n  run          ${approve}, deploy\n`);
      expect(out).toContain('answer       true or false\n');
      expect(out).toContain('answer       anything\n');
      expect(out).toMatch(/expires +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d, in 5\d m/);
      expect(out).toContain(`to answer it: runchart resolve ${approve} approve true\n`);
      expect(out).toContain(`to answer it: runchart resolve ${talk} interrupt <ANSWER>\n`);
    });

    it('are JSON lines for programs', async () => {
      const { cli, approve } = await withWaiting(place);
      const all = await cli.json<InterruptInfo>('interrupts');
      expect(all).toHaveLength(3);
      const [one] = await cli.json<InterruptInfo>('interrupts', approve);
      expect(one).toEqual({
        id: 'approve',
        runId: approve,
        name: 'approve',
        question: 'Deploy now?',
        schema: { type: 'boolean' },
        askedAtMs: expect.any(Number),
        expiresAtMs: null,
        token: expect.stringMatching(TOKEN),
      });
    });

    it('are none of a run that asks nothing', async () => {
      const { cli, receive, done } = await withWaiting(place);
      for (const id of [receive, done]) {
        expect(await cli.run('interrupts', id)).toMatchObject({
          code: 0,
          out: '',
          err: 'no open questions\n',
        });
        expect(await cli.run('interrupts', id, '--json')).toMatchObject({
          code: 0,
          out: '',
          err: '',
        });
      }
    });

    it('are answered by the command that is listed, and the run goes on with the answer', async () => {
      const { cli, approve } = await withWaiting(place);
      const { out } = await cli.run('interrupts', approve);
      const [, command = ''] = /to answer it: (.* false)$/m.exec(out) ?? [];
      const answered = await cli.shell(command);
      expect(answered).toMatchObject({ code: 0, out: `answered approve of ${approve}: false\n` });
      expect(answered.err).toContain('a program with "deploy" registered goes on with it');
      expect((await cli.run('ls')).out).toContain('executing (due)');
      const ended = await cli.goOn(approve);
      expect(ended).toMatchObject({
        status: 'completed',
        result: { notes: ['built', 'refused'] },
      });
    });

    it('cannot be answered by a copied command whose answer is not filled in', async () => {
      const { cli, talk } = await withWaiting(place);
      const { out } = await cli.run('interrupts', talk);
      const [, command = ''] = /to answer it: (.*)$/m.exec(out) ?? [];
      expect((await cli.shell(command)).code).not.toBe(0);
      expect(await cli.json('interrupts', talk)).toHaveLength(1);
    });
  });

  describe('an answer', () => {
    it('is a text where the question takes one, and JSON where it does not', async () => {
      const { cli, approve, talk, form } = await withWaiting(place);
      const resolve = async (...args: string[]): Promise<object | undefined> =>
        (await cli.json<object>('resolve', ...args))[0];
      expect(await resolve(approve, 'approve', 'true')).toEqual({
        runId: approve,
        interruptId: 'approve',
        value: true,
      });
      expect(await resolve(talk, 'interrupt', 'true')).toMatchObject({ value: 'true' });
      expect(await resolve(form, 'name', '42')).toMatchObject({ value: '42' });
      // The next question of the run.
      await cli.goOn(approve);
      expect(await resolve(form, 'size', '{"count":-5}')).toMatchObject({ value: { count: -5 } });
      const ended = await cli.goOn(form);
      expect(ended).toMatchObject({ result: { name: '42', size: { count: -5 } } });
    });

    it('is exactly what --value says, and null without any', async () => {
      const { cli, talk } = await withWaiting(place);
      const first = await cli.run('resolve', talk, 'interrupt', '--value', '-1.5', '--json');
      expect(JSON.parse(first.out)).toMatchObject({ value: -1.5 });
      const other = await withWaiting(place);
      const second = await other.cli.run('resolve', talk, 'interrupt', '--json');
      expect(JSON.parse(second.out)).toMatchObject({ value: null });
    });

    it.each([
      [['approve', 'maybe'], 'INPUT_INVALID', /Expected "boolean"/],
      [['approve', '7'], 'INPUT_INVALID', /Expected "boolean"/],
      [['approve'], 'INPUT_INVALID', /"null" is invalid/],
      [['approve', 'true', '--token', 'guessed'], 'INTERRUPT_DENIED', /not the token/],
      [['nonsense', 'true'], 'INTERRUPT_NOT_FOUND', /no question "nonsense"/],
    ] as const)('as in %j is refused with %s and changes nothing', async (words, code, why) => {
      const { cli, approve } = await withWaiting(place);
      const ended = await cli.run('resolve', approve, ...words);
      expect(ended).toMatchObject({ code: 1, out: '' });
      expect(ended.err).toMatch(new RegExp(`^runchart: ${code}: [^\n]*\n$`));
      expect(ended.err).toMatch(why);
      expect(await cli.json('interrupts', approve)).toHaveLength(1);
    });

    it('that is too short a text is told so, though it would be JSON', async () => {
      const { cli, form } = await withWaiting(place);
      const ended = await cli.run('resolve', form, 'name', '7');
      expect(ended.err).toContain('String is too short');
    });

    it('comes too late when there was one, or when the run is over', async () => {
      const { cli, approve, talk } = await withWaiting(place);
      const [{ token } = { token: '' }] = await cli.json<InterruptInfo>('interrupts', approve);
      expect(await cli.run('resolve', approve, 'approve', 'true', '--token', token)).toMatchObject({
        code: 0,
      });
      await cli.run('cancel', talk);
      const late = await Promise.all([
        cli.run('resolve', approve, 'approve', 'false'),
        cli.run('resolve', approve, 'approve', 'false', '--token', token),
        cli.run('resolve', talk, 'interrupt', 'hello'),
      ]);
      for (const ended of late) {
        expect(ended).toMatchObject({ code: 1, out: '' });
        expect(ended.err).toMatch(/^runchart: INTERRUPT_SETTLED: [^\n]*\n$/);
      }
    });

    it('is usage when it is given twice, or is no JSON after --value', async () => {
      const cli = createCli();
      for (const words of [
        ['x', 'y', 'true', '--value', 'true'],
        ['x', 'y', '--value', 'hello'],
      ]) {
        const ended = await cli.run('resolve', ...words);
        expect(ended).toMatchObject({ code: 2, out: '' });
        expect(ended.err).toMatch(/^runchart: USAGE: /);
      }
    });
  });

  describe('runchart send', () => {
    it('hands JSON to the code of a run, in order', async () => {
      const { cli, receive } = await withWaiting(place);
      expect((await cli.run('ls')).out).toContain('executing (waiting for a signal)');
      expect((await cli.run('send', receive, '-5')).out).toMatch(/^sent at seq \d+\n$/);
      const [second] = await cli.json<Envelope>('send', receive, '{"a":[1]}');
      expect(second?.event).toEqual({ type: 'signal.received', signal: { a: [1] } });
      const ended = await cli.goOn(receive);
      expect(ended).toEqual({ status: 'completed', result: [-5, { a: [1] }] });
    });

    it('refuses what is no JSON, and says when nobody gets it any more', async () => {
      const { cli, receive, done } = await withWaiting(place);
      const text = await cli.run('send', receive, 'hello');
      expect(text).toMatchObject({ code: 2, err: 'runchart: USAGE: send takes JSON, got hello\n' });
      const late = await cli.run('send', done, '1');
      expect(late).toMatchObject({
        code: 1,
        err: 'the run is completed: it is recorded, and nobody gets it\n',
      });
      const [info] = await cli.json<RunInfo>('ls', '--status', 'completed');
      expect(info?.snapshot.lateCount).toBe(1);
    });
  });
});
