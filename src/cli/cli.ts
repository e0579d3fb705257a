import { readFileSync } from 'node:fs';
import { parseLine } from './arguments.ts';
import { EXIT, errorLine, exitCodeOf } from './cli-error.ts';
import type { CommandContext } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { commandHelp, generalHelp } from './help.ts';
import { keysOf } from './terminal/keys.ts';
import { createSink, OutputClosed } from './terminal/sink.ts';

export interface CliProcess {
  /** The words after the name of the program. */
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** The folder that paths begin in, and that commands are run in. */
  readonly cwd: string;
  /** Read for keys alone, and only where it is a terminal. */
  readonly stdin?: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/** Runs one command line and answers its exit code. Never rejects: errors are one line on standard error. */
export async function runCli({ argv, env, cwd, ...streams }: CliProcess): Promise<number> {
  const stdout = createSink(streams.stdout);
  const stderr = createSink(streams.stderr);
  let exitCode: number = EXIT.ok;
  try {
    exitCode = await runLine(argv, { env, cwd, stdout, stderr, keys: keysOf(streams.stdin) });
    await stdout.flush();
    return exitCode;
  } catch (error) {
    // Whoever closes our output early has seen enough: that alone is no failure.
    if (error instanceof OutputClosed) return exitCode;
    await stderr.write(`${errorLine(error)}\n`).catch(() => undefined);
    return exitCodeOf(error);
  }
}

async function runLine(
  argv: readonly string[],
  around: Pick<CommandContext, 'env' | 'cwd' | 'stdout' | 'stderr' | 'keys'>,
): Promise<number> {
  const { stdout, stderr } = around;
  const { command, options, positionals, rest } = parseLine(argv, COMMANDS);
  if (options['version'] === true) {
    await stdout.write(`${version()}\n`);
    return EXIT.ok;
  }
  if (options['help'] === true) {
    await stdout.write(command === undefined ? generalHelp(COMMANDS) : commandHelp(command));
    return EXIT.ok;
  }
  if (command === undefined) {
    await stderr.write(generalHelp(COMMANDS));
    return EXIT.usage;
  }
  return command.run({ options, positionals, rest, ...around });
}

function version(): string {
  // The same two levels up from src/cli and from dist/cli.
  const json = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(json) as { version: string }).version;
}
