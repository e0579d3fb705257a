import type { Keys } from './terminal/keys.ts';
import type { Sink } from './terminal/sink.ts';

/** An option of a command, as `parseArgs` takes it and as the help prints it. */
export interface OptionSpec {
  readonly type: 'string' | 'boolean';
  /** What stands for the value in the help: `S`, `N`. */
  readonly value?: string;
  /** It may be given several times. */
  readonly multiple?: true;
  readonly help: string;
}

export type OptionValues = Readonly<
  Record<string, string | boolean | readonly string[] | undefined>
>;

/** What a command is called with. */
export interface CommandContext {
  readonly options: OptionValues;
  readonly positionals: readonly string[];
  /** Everything after `--`; undefined without one. */
  readonly rest: readonly string[] | undefined;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** What is pressed; undefined where the input is no terminal. */
  readonly keys: Keys | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** The folder that relative paths begin in. */
  readonly cwd: string;
}

/** One command: what the help says about it, what it takes, and what it does. */
export interface Command {
  readonly name: string;
  /** What follows the name in the usage line, without the options. */
  readonly operands: string;
  readonly summary: string;
  /** Sentences for the help of the command alone. */
  readonly details?: readonly string[];
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly minPositionals: number;
  readonly maxPositionals: number;
  /** True: takes a command line after `--`. */
  readonly takesRest?: boolean;
  /** Answers the exit code. */
  run(context: CommandContext): Promise<number>;
}

/** The options that every command has. */
export const GLOBAL_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  store: {
    type: 'string',
    value: 'URL',
    help: 'a path, sqlite:PATH, postgres://... or nats://...; default sqlite:.runchart/runs.db or $RUNCHART_STORE',
  },
  server: {
    type: 'string',
    value: 'URL',
    help: 'the store of a `runchart serve` in place of a file; default $RUNCHART_SERVER',
  },
  token: {
    type: 'string',
    value: 'T',
    help: 'what that server asks for; $RUNCHART_TOKEN is safer, as others see command lines',
  },
  json: { type: 'boolean', help: 'JSON for programs' },
  help: { type: 'boolean', help: 'this text' },
};
