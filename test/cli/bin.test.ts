import { cpSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Cli, useCli } from './support/cli.ts';

const createCli = useCli();

let template: { readonly folder: string; readonly ids: readonly string[] };

beforeAll(async () => {
  const cli = createCli();
  template = { folder: cli.folder, ids: await cli.begin('approve', 'receive', 'done', 'works') };
});

/** A store of its own with a run that asks, one that waits for a signal, one that is over and one that was let go. */
function withRuns(): Cli {
  const cli = createCli();
  cpSync(template.folder, cli.folder, { recursive: true });
  return cli;
}

/** Times and ids that differ from one call to the next. */
function withoutChance(text: string): string {
  return text.replace(/\b\d+(\.\d+)? ?(ms|s|m|KiB|B)\b/g, 'N').replace(/\brun_\S+/g, 'RUN');
}

// The other tests run the command line in their own process: here it is the built bin, as users have it.
describe('the bin', () => {
  it.each([
    ['exec', () => ['exec', '--json', '--', 'sh', '-c', 'echo said; exit 3'], 1],
    ['ls', () => ['ls'], 0],
    ['show', ([id]) => ['show', id], 0],
    ['show --follow', ([, , id]) => ['show', id, '--follow', '--json'], 0],
    ['tree', ([id]) => ['tree', id], 0],
    ['watch in a wrong way', () => ['watch', '--interval', 'x'], 2],
    ['events', ([, , id]) => ['events', id, '--json'], 0],
    ['outputs', ([, , id]) => ['outputs', id], 0],
    ['interrupts', () => ['interrupts', '--json'], 0],
    ['resolve', ([id]) => ['resolve', id, 'approve', 'true'], 0],
    ['send', ([, id]) => ['send', id, '{"a":1}'], 0],
    ['checkpoints', ([id]) => ['checkpoints', id], 0],
    ['fork', ([id]) => ['fork', id], 0],
    ['cancel', ([id]) => ['cancel', id], 0],
    ['verify', () => ['verify'], 0],
    ['explain', ([id]) => ['explain', id], 0],
    ['prune', () => ['prune', '--older-than', '0s'], 0],
    ['diagram', () => ['diagram', '--status', 'failed'], 0],
    ['doctor', () => ['doctor'], 0],
    ['conformance', () => ['conformance'], 2],
    ['a command that is not there', () => ['nonsense'], 2],
    ['no command', () => [], 2],
    ['the version', () => ['--version'], 0],
    ['the help', () => ['--help'], 0],
  ] as const satisfies readonly (readonly [
    string,
    (ids: readonly [string, string, string]) => readonly string[],
    number,
  ])[])(
    'says for %s what the command line says, and exits with its code',
    async (_, words, code) => {
      const [approve = '', receive = '', done = ''] = template.ids;
      const args = words([approve, receive, done]);
      const [bin, here] = [withRuns(), withRuns()];
      const said = await bin.bin(...args);
      const expected = await here.run(...args);
      expect(said).toMatchObject({ code, signal: null });
      expect(expected.code).toBe(code);
      expect(wordsOf(said.err, bin)).toBe(wordsOf(expected.err, here));
      // The events of a run of its own have times, ids and hashes all over.
      if (args[0] === 'exec') expect(typesOf(said.out)).toEqual(typesOf(expected.out));
      else expect(wordsOf(said.out, bin)).toBe(wordsOf(expected.out, here));
    },
  );
});

function wordsOf(text: string, { folder }: Cli): string {
  return withoutChance(text.replaceAll(folder, 'FOLDER'));
}

function typesOf(lines: string): readonly unknown[] {
  const types = lines
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { readonly event: { readonly type: string } }).event.type);
  expect(types.length).toBeGreaterThan(3);
  return types;
}
