import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useCli } from './support/cli.ts';

const createCli = useCli();

describe('the command line', () => {
  it.each([
    [[], 'Usage: runchart COMMAND'],
    [['nonsense'], 'there is no command "nonsense"; the commands are exec, ls'],
    [['ls', '--nonsense'], "Unknown option '--nonsense'; see runchart ls --help"],
    [['ls', 'word'], 'ls got too many words'],
    [['ls', '--status', 'done'], '--status is one of created'],
    [['ls', '--limit', '1.5'], '--limit takes a whole number from 1, got "1.5"'],
    [['show'], 'show needs RUN'],
    [['show', 'x', '--follow=yes'], "Option '--follow' does not take an argument"],
    [['tree'], 'tree needs RUN'],
    [['watch', 'x'], 'watch got too many words'],
    [['watch', '--interval', '0'], '--interval takes seconds above 0'],
    [['watch', '--status', 'done'], '--status is one of created'],
    [['resolve', 'x'], 'resolve needs RUN INTERRUPT [VALUE]'],
    [['send', 'x'], 'send needs RUN JSON'],
    [['checkpoints'], 'checkpoints needs RUN'],
    [['fork'], 'fork needs RUN'],
    [['conformance'], 'conformance needs MODULE'],
    [['conformance', 'nowhere.ts'], 'nowhere.ts cannot be loaded'],
    [['prune', 'x', '--keep', '1'], 'prune got too many words'],
    [['events', 'x', '--after', '-1'], '--after'],
    [['exec', 'echo', 'x'], 'exec takes its command after "--"'],
    [['exec', '--'], 'exec needs a command after "--"'],
    [['exec', '--timeout', '0', '--', 'true'], '--timeout takes seconds above 0'],
    [['diagram', '--format', 'png'], '--format is one of mermaid, stately, json, svg'],
    [['diagram', '--definition', 'x'], '--definition needs the module'],
    [['diagram', '--definitions', 'nowhere.ts'], '--definitions needs --definition NAME'],
    [['diagram', '--direction', 'up'], '--direction is one of right, down'],
    [['ls', '--store', 'mysql://host/db'], 'supported: sqlite:PATH, a bare path'],
    [['work', 'nowhere.ts', '--grace', '0'], '--grace takes seconds above 0'],
    [['serve', '--role', 'boss'], '--role is one of all, orchestrator, worker'],
    [['ls', '--store', ''], 'a store needs the path of a file'],
  ])('refuses %j with exit code 2 and says why', async (args, why) => {
    const ended = await createCli().run(...args);
    expect(ended).toMatchObject({ code: 2, out: '' });
    expect(ended.err).toContain(why);
    if (args.length > 0) expect(ended.err).toMatch(/^runchart: USAGE: [^\n]*\n$/);
  });

  it('helps, and tells its version', async () => {
    const cli = createCli();
    const general = await cli.run('--help');
    expect(general).toMatchObject({ code: 0, err: '' });
    const names = [
      'exec',
      'ls',
      'watch',
      'show',
      'tree',
      'events',
      'outputs',
      'interrupts',
      'resolve',
      'send',
      'checkpoints',
      'fork',
      'cancel',
      'verify',
      'explain',
      'prune',
      'copy',
      'serve',
      'diagram',
      'doctor',
      'conformance',
    ];
    for (const name of names) expect(general.out).toContain(`\n  ${name} `);
    await Promise.all(
      names.map(async (name) => {
        const { code, out } = await cli.run(name, '--help');
        expect([code, out.split('\n')[0]]).toEqual([
          0,
          expect.stringContaining(`runchart ${name}`),
        ]);
        const refused = await cli.run(name, '--nonsense', 'a', 'b', 'c', 'd');
        expect([refused.code, refused.err]).toEqual([2, expect.stringContaining("'--nonsense'")]);
      }),
    );
    expect((await cli.run('--version')).out).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('draws the chart without a store', async () => {
    const cli = createCli();
    expect((await cli.run('diagram', '--status', 'failed')).out).toMatch(
      /^stateDiagram-v2\n[^]*class failed current/,
    );
    expect((await cli.run('diagram', '--format', 'stately')).out).toContain('createMachine');
    expect(JSON.parse((await cli.run('diagram', '--json')).out)).toHaveProperty('transitions');
    const svg = (await cli.run('diagram', '--format', 'svg', '--status', 'failed')).out;
    expect(svg).toMatch(/^<svg [^]*state-active" data-state="failed"[^]*<\/svg>\n$/);
    expect((await cli.run('diagram', '--format', 'svg', '--direction', 'down')).out).not.toBe(svg);
  });

  it('draws the machine of a definition in every format', async () => {
    const cli = createCli();
    const module = join(import.meta.dirname, 'support', 'definitions-with-machine.ts');
    const drawn = async (...args: string[]): Promise<string> =>
      (await cli.run('diagram', '--definitions', module, '--definition', 'door', ...args)).out;
    expect(await drawn()).toContain('shut --> open : OPEN');
    expect(await drawn('--format', 'stately')).toContain('"id": "door"');
    expect(JSON.parse(await drawn('--json'))).toMatchObject({ id: 'door' });
    expect(await drawn('--format', 'svg')).toContain('data-edge="shut -&gt; open"');
    const code = await cli.run('diagram', '--definitions', module, '--definition', 'code');
    expect(code).toMatchObject({ code: 2, out: '' });
    expect(code.err).toContain('"code" is code, and no state machine');
    const none = await cli.run('diagram', '--definitions', module, '--definition', 'none');
    expect(none.err).toContain('has no definition "none"; it has code, door');
  });

  it('takes the store from the option, before or after the command, or from the environment', async () => {
    const cli = createCli();
    expect(await cli.run('--store', 'sqlite:a/b.db', 'exec', '--', 'true')).toMatchObject({
      code: 0,
    });
    const listed = await Promise.all([
      cli.shell('runchart ls --store a/b.db'),
      cli.shell('RUNCHART_STORE=sqlite:a/b.db runchart ls'),
      cli.shell('runchart --store=a/b.db ls'),
    ]);
    for (const { code, out } of listed)
      expect([code, out]).toEqual([0, expect.stringContaining('true')]);
    const show = await cli.run('show', '@last', '--store', 'a/b.db');
    expect(show.out).toMatch(/next: runchart --store a\/b\.db outputs run_/);
  });
});
