import { afterEach, describe, expect, it } from 'vitest';
import { createRuntime, defineRun, type Run, type Runtime } from '../../src/index.ts';
import { createClient } from '../../src/client/index.ts';
import { listen } from '../../src/server/index.ts';
import { driveWatch, type WatchOptions } from '../../src/cli/watch/drive-watch.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { type FakeTerminal, fakeTerminal } from './support/fake-terminal.ts';
import { until } from './support/until.ts';

const asking = defineRun({
  name: 'asking',
  execute: ({ interrupt }) =>
    interrupt<boolean>({ name: 'sure', question: 'Sure?\x1b[2J', schema: { type: 'boolean' } }),
});
const receiving = defineRun({ name: 'receiving', execute: ({ receive }) => receive() });
const quick = defineRun({ name: 'quick', execute: ({ step }) => step('once', () => 'done') });

const runtimes: Runtime[] = [];
afterEach(async () => {
  for (const runtime of runtimes.splice(0)) await runtime.close();
});

async function open(): Promise<Runtime> {
  const runtime = await createRuntime({
    stores: memory(),
    definitions: [asking, receiving, quick],
  });
  runtimes.push(runtime);
  return runtime;
}

interface Watching {
  readonly terminal: FakeTerminal;
  readonly interrupt: AbortController;
  readonly ended: Promise<number>;
}

function watch(
  runtime: Runtime,
  terminal = fakeTerminal(100, 20),
  more: Partial<WatchOptions> & { readonly isScreen?: boolean } = {},
): Watching {
  const interrupt = new AbortController();
  const ended = driveWatch({
    runtime,
    filter: {},
    intervalMs: 50,
    stdout: terminal,
    keys: terminal.keys,
    interrupted: interrupt.signal,
    isJson: false,
    isScreen: true,
    now: Date.now,
    commandLine: (...words) => ['runchart', ...words].join(' '),
    ...more,
  });
  return { terminal, interrupt, ended };
}

const BEFORE = { isOther: false, hasCursor: true, wraps: true };

describe('a watch on a terminal', () => {
  it('shows runs as they begin, need somebody, and end, with their counts and last events', async () => {
    const runtime = await open();
    const { terminal, ended } = watch(runtime, fakeTerminal(160, 20));
    await terminal.shows('no runs yet');
    expect(terminal.state).toEqual({ isOther: true, hasCursor: false, wraps: false });
    const run = await runtime.start(asking, { prompt: 'with \x1b[31mcolour\r\nand 日本語' });
    await terminal.shows(/needs attention\n› run_\S+ +executing +answer: sure .*colour and 日本語/);
    await terminal.shows('attempt.ended');
    await terminal.shows(/^1 executing/);
    const [asked] = await run.interrupts.list();
    await run.interrupts.resolve('sure', asked?.token ?? '', true);
    await terminal.shows(/ended\n› run_\S+ +completed/);
    await terminal.shows(/^1 completed/);
    terminal.press('q');
    expect(await ended).toBe(0);
    expect(terminal.state).toEqual(BEFORE);
  });

  it('shows, opens and cancels the runs of a server just as well', async () => {
    const runtime = await open();
    const listening = await listen(runtime);
    const client = createClient(listening.url);
    try {
      const { terminal, ended } = watch(client, fakeTerminal(160, 20));
      await terminal.shows('no runs yet');
      const run = await runtime.start(asking, { runId: 'first' });
      await terminal.shows(/› first +executing +answer: sure .* attempt\.ended/);
      terminal.press('return');
      await terminal.shows('runchart resolve first sure true');
      terminal.press('c', 'y');
      await terminal.shows(/^first {2}cancelled[^]*cancelled: first/);
      expect(await run.status()).toBe('cancelled');
      terminal.press('q');
      expect(await ended).toBe(0);
      expect(terminal.state).toEqual(BEFORE);
    } finally {
      await client.close();
      await listening.close();
    }
  });

  it('keeps the selected run selected while others come, opens it, and comes back', async () => {
    const runtime = await open();
    await runtime.start(receiving, { runId: 'first', prompt: 'one' });
    await runtime.start(receiving, { runId: 'second', prompt: 'two' });
    const { terminal, ended } = watch(runtime);
    await terminal.shows(/second[^]*first/);
    terminal.press('j');
    await terminal.shows('› first');
    await runtime.start(receiving, { runId: 'third', prompt: 'three' });
    await terminal.shows(/ {2}third[^]*› first/);
    terminal.press('return');
    await terminal.shows(/^first {2}executing[^]*waits for signal[^]*Esc back/);
    await (await runtime.get('first')).send('go');
    await terminal.shows(/^first {2}completed[^]*result "go"/);
    terminal.press('escape');
    await terminal.shows(/ended\n› first +completed/);
    terminal.press('k', 'k', 'k', 'k');
    await terminal.shows('› third');
    terminal.press('down');
    await terminal.shows('› second');
    terminal.press('q');
    await ended;
  });

  it('cancels a run only after a yes', async () => {
    const runtime = await open();
    const run = await runtime.start(receiving, { runId: 'first' });
    const { terminal, ended } = watch(runtime);
    await terminal.shows('› first');
    terminal.press('c');
    await terminal.shows('cancel for good? y/n  first');
    terminal.press('q');
    await terminal.shows('q quit');
    expect(await run.status()).not.toBe('cancelled');
    terminal.press('c', 'y');
    await terminal.shows('cancelled: first');
    await terminal.shows(/› first +cancelled/);
    terminal.press('c', 'y');
    await terminal.shows('cancelled: first');
    terminal.press('q');
    expect(await ended).toBe(0);
    expect((await run.snapshot()).cancelReason).toBe('cancelled in runchart watch');
  });

  it('fits again after the terminal has another size, and writes nothing where nothing has changed', async () => {
    const runtime = await open();
    await runtime.start(quick, { runId: 'first', prompt: 'a prompt', sessionId: 'lane' });
    const { terminal, ended } = watch(runtime, fakeTerminal(120, 30), { now: () => 0 });
    await terminal.shows(/SESSION[^]*run\.completed[^]*\n *q quit/i);
    await terminal.shows(/^1 completed/);
    const before = terminal.written.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(terminal.written.length).toBe(before);
    terminal.resize(40, 8);
    await terminal.shows(/RUN +STATUS .*WHAT/);
    expect(terminal.picture().split('\n')).toHaveLength(8);
    terminal.press('q');
    await ended;
  });

  it.each([
    ['Ctrl-C', 130, ({ terminal }: Watching) => terminal.press('ctrl-c')],
    ['a signal', 130, ({ interrupt }: Watching) => interrupt.abort()],
    ['q', 0, ({ terminal }: Watching) => terminal.press('q')],
  ])('gives the terminal back after %s', async (_, code, leave) => {
    const watching = watch(await open());
    await watching.terminal.shows('no runs yet');
    leave(watching);
    expect(await watching.ended).toBe(code);
    expect(watching.terminal.state).toEqual(BEFORE);
  });

  it('gives the terminal back when the store fails, and fails with its error', async () => {
    const runtime = await open();
    const broken = new Proxy(runtime, {
      get: (target, name) => {
        if (name === 'list') return () => Promise.reject(new Error('the disk is gone'));
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const { terminal, ended } = watch(broken);
    await expect(ended).rejects.toThrow('the disk is gone');
    expect(terminal.state).toEqual(BEFORE);
  });

  it('ends when its window is closed', async () => {
    const { terminal, ended } = watch(await open());
    await terminal.shows('no runs yet');
    terminal.hangUp();
    expect(await ended).toBe(0);
  });

  it('draws far fewer frames than there are events', async () => {
    const runtime = await open();
    const run = await runtime.open({ runId: 'first' });
    const { terminal, ended } = watch(runtime);
    await terminal.shows('› first');
    const [before, startedMs] = [terminal.written.length, performance.now()];
    for (let i = 0; i < 2_000; i += 1) await run.record({ type: 'custom.tick' });
    await terminal.shows(/ 2001 /);
    const frames = terminal.written.length - before;
    // Twenty in a second at most; a second more for the last one.
    expect(frames).toBeLessThanOrEqual((performance.now() - startedMs) / 50 + 2);
    terminal.press('q');
    await ended;
  });
});

describe('a watch into a pipe', () => {
  it.each([false, true])(
    'tells of each change in one line without commands (JSON: %s)',
    async (isJson) => {
      const runtime = await open();
      const { terminal, interrupt, ended } = watch(runtime, fakeTerminal(), {
        isScreen: false,
        isJson,
        filter: { sessionId: 'lane' },
      });
      const run: Run = await runtime.open({
        sessionId: 'lane',
        prompt: 'a \x1b[31mprompt\n日本語',
      });
      await runtime.open({ sessionId: 'other' });
      await run.record({ type: 'run.started' });
      await until('the run is told as executing', () =>
        terminal.written.join('').includes('executing'),
      );
      interrupt.abort();
      expect(await ended).toBe(130);
      const lines = terminal.written.join('').split('\n').filter(Boolean);
      for (const line of lines) {
        expect(line).not.toMatch(/\p{Cc}|other/u);
        if (isJson)
          expect(JSON.parse(line)).toMatchObject({
            kind: 'changed',
            run: { snapshot: { runId: run.id } },
          });
        else
          expect(line).toMatch(
            /^\d\d:\d\d:\d\d\.\d{3} {2}run_\S+ {2}(created|executing) .*a prompt 日本語$/,
          );
      }
    },
  );
});
