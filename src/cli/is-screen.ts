import type { CommandContext } from './command.ts';

/** Whether there is a terminal to draw on: one that takes commands, and that is not given lines for programs. */
export function isScreen({ stdout, env, options }: CommandContext): boolean {
  return stdout.isTTY && env['TERM'] !== 'dumb' && options['json'] !== true;
}
