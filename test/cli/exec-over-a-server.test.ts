import { beforeAll, describe, expect, it } from 'vitest';
import type { Envelope, OutputRecord, RunInfo } from '../../src/index.ts';
import { type Cli, grandchildOf, isGone, until, useCli, WITH_GRANDCHILD } from './support/cli.ts';

const createCli = useCli();

let here: Cli;
let there: Cli;

beforeAll(async () => {
  [here, there] = [createCli(), createCli()];
  await there.run('exec', '--', 'true');
  there = await there.served();
});

/** What differs between two runs of one command. */
function plain(text: string): string {
  return text.replaceAll(/run_[\w-]+/g, '<run>').replaceAll(/ in [\d.]+ (ms|s)/g, ' in <time>');
}

describe('exec over a server', () => {
  it.each([
    [['--', 'sh', '-c', 'for i in 1 2 3 4 5 6 7 8 9; do echo $i; done; printf end']],
    [['--', 'sh', '-c', 'echo out; exit 3']],
    [['--', 'no-such-command-anywhere']],
    [['--verify', 'echo looked', '--session', 'lane', '--', 'echo', 'done']],
    [['--verify', 'echo bad; exit 4', '--', 'echo', 'done']],
    [['--timeout', '0.3', '--', 'sleep', '20']],
  ])('of %j does, says and keeps what it does over a file', async (args) => {
    const [local, remote] = await Promise.all([
      here.run('exec', ...args),
      there.run('exec', ...args),
    ]);
    expect(remote.code).toBe(local.code);
    expect(remote.out).toBe(local.out);
    expect(plain(remote.err)).toBe(plain(local.err));
    const kept = async (cli: Cli) =>
      (await cli.json<OutputRecord>('outputs', '@last')).map(({ producer, event }) => [
        producer,
        event,
      ]);
    expect(await kept(there)).toEqual(await kept(here));
    const standing = async (cli: Cli) => {
      const [info] = await cli.json<RunInfo>('ls', '--limit', '1');
      const { status, error, result, verification, prompt, definition } = info?.snapshot ?? {};
      const code = error?.code;
      return { status, code, result, verification, prompt, definition };
    };
    expect(await standing(there)).toEqual(await standing(here));
    expect(await there.run('verify', '@last')).toMatchObject({ code: 0 });
  });

  it('keeps a thousand lines in their order', async () => {
    const lines = `${Array.from({ length: 1_000 }, (_, i) => i + 1).join('\n')}\n`;
    expect(await there.run('exec', '--', 'seq', '1000')).toMatchObject({ code: 0, out: lines });
    expect((await there.run('outputs', '@last', '--producer', 'stdout')).out).toBe(lines);
  });

  it('prints its events as JSON, each once', async () => {
    const events = await there.json<Envelope>('exec', '--json', '--', 'echo', 'line');
    // The option stands after "--" too, where it belongs to the command.
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
    expect(events.at(-1)?.event.type).toBe('run.completed');
  });

  it.each(['Ctrl-C', 'a cancel from elsewhere'])('ends all its processes at %s', async (how) => {
    const exec = there.start('exec', '--', ...WITH_GRANDCHILD);
    const pid = await grandchildOf(exec);
    if (how === 'Ctrl-C') exec.child.kill('SIGINT');
    else expect(await there.run('cancel', '@last')).toMatchObject({ code: 0 });
    expect(await exec.ended).toMatchObject({ code: 130 });
    await until('the grandchild is gone', () => isGone(pid));
    expect((await there.json<RunInfo>('ls'))[0]?.snapshot.status).toBe('cancelled');
  });

  it('takes no priority, as nothing waits for its turn', async () => {
    const ended = await there.run('exec', '--priority', '1', '--', 'true');
    expect(ended).toMatchObject({ code: 2, out: '' });
    expect(ended.err).toContain('--priority is for runs that wait for their turn');
  });
});
