import { expect, it } from 'vitest';
import { parseLine } from '../../src/cli/arguments.ts';
import { COMMANDS } from '../../src/cli/commands/index.ts';

it.each(['-qlVh', '--qlVh', '-1', 'qlVh'])('--token takes a token like %s', (token) => {
  for (const words of [
    ['resolve', 'run', 'question', 'true', '--token', token],
    ['--token', token, 'resolve', 'run', 'question', 'true'],
    ['resolve', `--token=${token}`, 'run', 'question', 'true'],
  ]) {
    const { options, positionals } = parseLine(words, COMMANDS);
    expect(options['token']).toBe(token);
    expect(positionals).toEqual(['run', 'question', 'true']);
  }
});
