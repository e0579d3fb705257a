import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { root } from '../support/built.ts';
import { type Cli, until, useCli } from './support/cli.ts';

/** Of util-linux: runs a command on a terminal of its own, of which it writes down everything. */
const SCRIPT = '/usr/bin/script';
const MAIN = join(root, 'dist/cli/main.js');
const [ENTER, LEAVE] = ['\x1b[?1049h\x1b[?25l', '\x1b[?25h\x1b[?1049l'];
const createCli = useCli();

let cli: Cli;
let asking: string;

beforeAll(async () => {
  cli = createCli();
  [asking = ''] = await cli.begin('approve', 'done');
});

interface OnTerminal {
  readonly out: () => string;
  press(keys: string): void;
  readonly ended: Promise<void>;
}

/** The built bin on a terminal, and then what is told of it: its id first, its exit code and its modes last. */
function onTerminal(...args: readonly string[]): OnTerminal {
  const words = [process.execPath, MAIN, ...args].map((word) => `'${word}'`).join(' ');
  const line = `stty cols 80 rows 20; sh -c 'echo PID $$; exec "$@"' - ${words}; echo CODE $?; stty -a`;
  const { NO_COLOR: _, ...env } = process.env;
  const child = spawn(SCRIPT, ['-qec', line, '/dev/null'], {
    cwd: cli.folder,
    env: { ...env, TERM: 'xterm-256color', SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  child.once('close', () => resolve());
  return { out: () => out, press: (keys) => void child.stdin.write(keys), ended };
}

function expectRestored(out: string): void {
  const after = out.slice(out.indexOf(ENTER));
  expect(after.startsWith(ENTER)).toBe(true);
  expect(after.lastIndexOf(LEAVE)).toBeGreaterThan(after.lastIndexOf(ENTER));
  // No frame comes after it, and the terminal echoes and makes signals of keys again.
  expect(after.slice(after.lastIndexOf(LEAVE) + LEAVE.length)).not.toContain('\x1b[?2026h');
  expect(after).toMatch(/CODE \d+[^]*\sisig icanon [^]* echo /);
}

async function pidOf({ out }: OnTerminal): Promise<number> {
  await until('the process has told its id', () => /PID \d+/.test(out()));
  return Number(/PID (\d+)/.exec(out())?.[1]);
}

describe.runIf(existsSync(SCRIPT))('on a terminal of the system', () => {
  it.each([
    ['Ctrl-C', '\x03', 130],
    ['q', 'q', 0],
  ])('a watch gives the terminal back after %s', async (_, keys, code) => {
    const started = onTerminal('watch');
    await until('the list is there', () => started.out().includes('needs attention'));
    started.press(keys);
    await started.ended;
    expectRestored(started.out());
    expect(started.out()).toContain(`CODE ${code}`);
  });

  it.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)(
    'a watch gives the terminal back after %s',
    async (signal) => {
      const started = onTerminal('watch');
      await until('the list is there', () => started.out().includes('needs attention'));
      process.kill(await pidOf(started), signal);
      await started.ended;
      expectRestored(started.out());
      expect(started.out()).toContain('CODE 130');
    },
  );

  it('keys of a terminal open a run and come back', async () => {
    const started = onTerminal('watch');
    await until('the list is there', () => started.out().includes('needs attention'));
    started.press('\r');
    await until('the page is there', () => started.out().includes('asks: Deploy now?'));
    started.press('\x1b');
    const seen = started.out().length;
    await until('the list is back', () => started.out().slice(seen).includes('needs attention'));
    started.press('\x1b[B');
    await until('another is selected', () => /› run_\S+ +completed/.test(started.out()));
    started.press('q');
    await started.ended;
    expectRestored(started.out());
  });

  it('show --follow leaves the page of the run behind, and the exit code of its status', async () => {
    const started = onTerminal('show', asking, '--follow');
    await until('the question is there', () => started.out().includes('asks: Deploy now?'));
    await cli.run('cancel', asking);
    await started.ended;
    expectRestored(started.out());
    const after = started.out().slice(started.out().lastIndexOf(LEAVE));
    expect(after).toContain('cancelled');
    expect(after).toContain('CODE 130');
  });

  it('a watch into a pipe that is closed ends without an error', async () => {
    const line = `runchart watch --json | head -n 1 & sleep 1; runchart exec -- true; runchart exec -- true; wait`;
    const { code, out, err } = await cli.shell(line);
    expect(code).toBe(0);
    expect(out).toMatch(/^\{"kind":"changed"/m);
    expect(err).not.toMatch(/EPIPE|runchart: /);
  });
});
