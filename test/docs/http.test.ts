import { execFile, type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemOfBuild, root } from '../support/built.ts';
import { matchesTranscript, transcriptOf, type TranscriptStep } from './support/transcript.ts';

const MAIN = join(root, 'dist/cli/main.js');
const DEFAULT_URL = 'http://127.0.0.1:7407';
const TIMEOUT_MS = 120_000;

const guide = await readFile(join(root, 'docs/http.md'), 'utf8');
const steps = transcriptOf(guide);
const hasCurl = spawnSync('curl', ['--version']).status === 0;
if (!hasCurl) console.log('there is no curl here: the commands of docs/http.md are not run');

let folder = '';
let server: ChildProcess | undefined;
let outputs: readonly string[] = [];

/** A line that no command prints. */
const mark = (i: number): string => `=== the end of command ${i} ===`;

/** Runs the commands one after the other in one shell, and answers what each printed. */
async function printedBy(commands: readonly TranscriptStep[]): Promise<readonly string[]> {
  const runchart = `runchart() { "${process.execPath}" "${MAIN}" "$@"; }`;
  const script = commands.map(({ command }, i) => `${command}\necho\necho "${mark(i)}"`);
  const { stdout } = await promisify(execFile)('bash', ['-c', [runchart, ...script].join('\n')], {
    cwd: folder,
    timeout: TIMEOUT_MS,
  });
  let rest = stdout.replaceAll('\r', '');
  return commands.map((_, i) => {
    const [head = '', ...tail] = rest.split(`${mark(i)}\n`);
    rest = tail.join(`${mark(i)}\n`);
    return head.trimEnd();
  });
}

/** Serves the definitions of the guide on a port that is free. */
async function serve(): Promise<string> {
  const [, code = ''] = /^```ts\n(.*?)^```$/ms.exec(guide) ?? [];
  await writeFile(join(folder, 'definitions.ts'), code);
  const args = [MAIN, 'serve', '--definitions', 'definitions.ts', '--port', '0'];
  server = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  const { stdout } = server;
  if (stdout === null) throw new TypeError('Expected a pipe');
  for await (const line of createInterface(stdout)) {
    expect(line).toMatch(/^runchart: listening on http:\/\/127\.0\.0\.1:\d+$/);
    return line.replace('runchart: listening on ', '');
  }
  throw new Error('the server ended before it listened');
}

describe.runIf(hasCurl)('the guide to HTTP', () => {
  const [first, ...others] = steps;

  beforeAll(async () => {
    const problem = problemOfBuild();
    if (problem !== undefined) throw new Error(problem);
    // Inside the package, where its own name resolves to what is built.
    folder = await mkdtemp(join(root, 'test/.readme-http-'));
    const url = await serve();
    const here = others.map(({ command, ...step }) => ({
      ...step,
      command: command.replaceAll(DEFAULT_URL, url),
    }));
    outputs = await printedBy(here);
  }, TIMEOUT_MS);

  afterAll(async () => {
    if (server?.exitCode === null) {
      const ended = Promise.withResolvers<void>();
      server.once('close', () => ended.resolve());
      server.kill('SIGTERM');
      await ended.promise;
    }
    await rm(folder, { recursive: true, force: true });
  });

  it('begins with the server that all of it is about', () => {
    expect(first?.command).toBe('runchart serve --definitions definitions.ts');
    expect(first?.output).toBe(`runchart: listening on ${DEFAULT_URL}`);
    expect(others.length).toBeGreaterThan(30);
  });

  it.each(others.map((step, i) => [step.command, step, i] as const))(
    'shows what comes of %s',
    (_, { output }, i) => {
      const printed = outputs[i] ?? '';
      if (!matchesTranscript(output, printed)) expect(printed).toBe(output);
    },
  );
});

describe('a transcript', () => {
  it.each([
    ['a', 'a', true],
    ['a', 'b', false],
    ['a…c', 'abc', true],
    ['a…c', 'ac', false],
    ['a…c', 'ab\nc', false],
    ['a\n…\nc', 'a\nb\nb\nc', true],
    ['a\n…\nc', 'a\nc', true],
    ['a\n…', 'a', true],
    ['a\n…', 'b', false],
    ['{"x":[…]}', '{"x":[1]}', true],
    ['{"x":[…]}', '{"x":[1]', false],
  ])('%j against %j is %s', (shown, printed, fits) => {
    expect(matchesTranscript(shown, printed)).toBe(fits);
  });

  it('has commands over several lines, and their output', () => {
    const text = '```console\n$ a \\\n    b\nout\nput\n$ c\n```\nno\n```\n$ d\n```\n';
    expect(transcriptOf(text)).toEqual([
      { command: 'a \\\n    b', output: 'out\nput' },
      { command: 'c', output: '' },
    ]);
  });
});
