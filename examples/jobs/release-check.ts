/**
 * Is a version ready to be released? Tools are run as real processes, each told of by `tool` events, and what
 * they say is checked. A check that does not hold fails the run, with what was found as its evidence.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { defineRun } from 'runchart';
import { z } from 'zod';

const execute = promisify(execFile);

export const releaseCheck = defineRun({
  name: 'release-check',
  version: '1',
  input: z.object({ repository: z.string(), version: z.string() }),
  execute: async ({ input: { repository, version }, step, emit, outputs, signal }) => {
    const tool = (name: string, program: string, args: readonly string[]) =>
      step(name, async () => {
        await emit({ type: 'tool.started', tool: program, args });
        try {
          const { stdout } = await execute(program, args, { cwd: repository, signal });
          await emit({ type: 'tool.completed', tool: program, output: stdout.trim() });
          return stdout.trim();
        } catch (error) {
          // A tool that is not there, or does not like this folder, is something to report.
          await emit({ type: 'tool.failed', tool: program, error: String(error) });
          return null;
        }
      });
    const [node, changed] = await Promise.all([
      tool('ask for the version of Node', 'node', ['--version']),
      tool('ask what is not committed', 'git', ['status', '--short', '--untracked-files=no']),
    ]);
    const changelog = await step('read the changelog', () =>
      readFile(join(repository, 'CHANGELOG.md'), 'utf8').catch(() => ''),
    );
    const engines = await step('read the package', async () => {
      const text = await readFile(join(repository, 'package.json'), 'utf8').catch(() => '{}');
      return (JSON.parse(text) as { engines?: { node?: string } }).engines?.node ?? null;
    });
    await outputs.artifact('what was found', { node, changed, engines });
    return { version, hasEntry: changelog.includes(version), changed, engines };
  },
  verify: ({ result: { version, hasEntry, changed, engines }, check }) => {
    check('the package says which Node it needs', engines !== null, { evidence: { engines } });
    check('the changelog has an entry', hasEntry, { evidence: { version } });
    check('nothing is left to commit', changed === '' ? 'passed' : 'needs_review', {
      required: false,
      evidence: { changed },
    });
  },
});
