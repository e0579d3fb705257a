import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRuntime, type RunInfo } from '../../src/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { type Cli, linesOf, useCli } from './support/cli.ts';

const createCli = useCli();
const FROM = '.runchart/runs.db';
const COPY = ['copy', '--from', `sqlite:${FROM}`, '--to', 'other/place.db'];

/** A store with two runs by hand and one of a command. */
async function filled(): Promise<Cli & { readonly driven: () => Promise<() => Promise<void>> }> {
  const cli = createCli();
  await cli.run('exec', '--', 'true');
  const open = () => createRuntime({ stores: sqlite(join(cli.folder, FROM)) });
  const runtime = await open();
  for (const prompt of ['one', 'two']) await (await runtime.open({ prompt })).complete(prompt);
  await runtime.close();
  const driven = async (): Promise<() => Promise<void>> => {
    const other = await open();
    const run = await other.open({ prompt: 'driven' });
    return async () => {
      await run.complete('done');
      await other.close();
    };
  };
  return { ...cli, driven };
}

describe('runchart copy', () => {
  it('copies a store to a new one, and again what is new, with plain lines in a pipe', async () => {
    const cli = await filled();
    const first = await cli.run(...COPY);
    expect([first.code, first.err]).toEqual([0, '']);
    expect(first.out).toMatch(
      /^3 runs to copy\n3 runs copied with \d+ events, 3 runs compared: the same\n$/,
    );
    expect((await cli.run('verify', '--store', 'other/place.db')).code).toBe(0);
    const list = ['ls', '--json', '--store'];
    const there = await cli.run(...list, FROM);
    expect((await cli.run(...list, 'other/place.db')).out).toBe(there.out);
    const again = await cli.run(...COPY);
    expect([again.code, again.out]).toEqual([
      0,
      '0 runs to copy, 3 there already\n' +
        '0 runs copied with 0 events, 3 there before, 3 runs compared: the same\n',
    ]);
  });

  it('leaves a run out that is driven, says so, and ends with 1', async () => {
    const cli = await filled();
    const end = await cli.driven();
    const { code, out } = await cli.run(...COPY);
    expect([code, out]).toEqual([1, expect.stringMatching(/\nleft: Run \S+ is driven in /)]);
    expect(out).toContain('3 runs copied');
    const live = await cli.run(...COPY, '--live', '--no-verify');
    expect([live.code, live.out]).toEqual([
      1,
      expect.stringContaining('1 left out, nothing compared'),
    ]);
    await end();
    expect((await cli.run(...COPY)).code).toBe(0);
  });

  it('prints one object with --json', async () => {
    const cli = await filled();
    const [report, ...rest] = linesOf<object>(await cli.run(...COPY, '--json'));
    expect(rest).toEqual([]);
    expect(report).toMatchObject({ ok: true, copied: 3, there: 0, left: [], differences: [] });
  });

  it('copies the runs that are named, or those of a session', async () => {
    const cli = await filled();
    const [one, two] = await cli.json<RunInfo>('ls');
    const named = await cli.run(...COPY, '--run', one?.snapshot.runId ?? '');
    expect([named.code, named.out]).toEqual([0, expect.stringContaining('1 run copied')]);
    const ofSession = await cli.run(...COPY, '--session', two?.snapshot.sessionId ?? '');
    expect([ofSession.code, ofSession.out]).toEqual([0, expect.stringContaining('1 run copied')]);
    const unknown = await cli.run(...COPY, '--run', 'run_of_nobody');
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('RUN_NOT_FOUND')]);
  });

  it('is refused without two stores, and creates nothing then', async () => {
    const cli = createCli();
    const refusals: readonly (readonly [readonly string[], number, string])[] = [
      [['--to', 'b.db'], 2, 'copy needs --from STORE'],
      [['--from', 'a.db'], 2, 'copy needs --to STORE'],
      [['--from', 'a.db', '--to', 'sqlite:./a.db'], 2, 'both are the same'],
      [['--from', 'a.db', '--to', 'b.db'], 1, 'STORE_NOT_FOUND: no store at a.db'],
    ];
    for (const [args, code, text] of refusals) {
      const refused = await cli.run('copy', ...args);
      expect([refused.code, refused.err]).toEqual([code, expect.stringContaining(text)]);
    }
    expect(existsSync(join(cli.folder, 'b.db'))).toBe(false);
  });
});
