import { parseArgs } from 'node:util';
import { usageError } from './cli-error.ts';
import { type Command, GLOBAL_OPTIONS, type OptionSpec, type OptionValues } from './command.ts';

/** A command line, taken apart. */
export interface ParsedLine {
  readonly command: Command | undefined;
  readonly options: OptionValues;
  readonly positionals: readonly string[];
  readonly rest: readonly string[] | undefined;
}

/** Takes a command line apart. Throws USAGE where it does not fit the command. */
export function parseLine(argv: readonly string[], commands: readonly Command[]): ParsedLine {
  const [before, rest] = splitAt(argv, '--');
  const at = commandIndex(before);
  const name = before[at];
  const command = commands.find((known) => known.name === name);
  if (name !== undefined && command === undefined) {
    const names = commands.map((known) => known.name).join(', ');
    throw usageError(`there is no command "${name}"; the commands are ${names}`);
  }
  const args = at === -1 ? before : [...before.slice(0, at), ...before.slice(at + 1)];
  const specs = { ...GLOBAL_OPTIONS, version: { type: 'boolean' as const }, ...command?.options };
  const { values, positionals } = parse(args, specs, command);
  const options = values as OptionValues;
  const isAboutItself = options['help'] === true || options['version'] === true;
  if (command !== undefined && !isAboutItself) checkCounts(command, positionals, rest);
  return { command, options, positionals, rest };
}

const GLOBAL_WITH_VALUE: ReadonlySet<string> = new Set(
  Object.entries(GLOBAL_OPTIONS)
    .filter(([, { type }]) => type === 'string')
    .map(([name]) => `--${name}`),
);

/** The word that names the command: the first that is no global option and no value of one. */
function commandIndex(args: readonly string[]): number {
  for (let i = 0; i < args.length; i += 1) {
    if (GLOBAL_WITH_VALUE.has(args[i] ?? '')) i += 1;
    else if (args[i]?.startsWith('-') === false) return i;
  }
  return -1;
}

function parse(
  args: string[],
  specs: Readonly<Record<string, Pick<OptionSpec, 'type' | 'multiple'>>>,
  command: Command | undefined,
): { readonly values: object; readonly positionals: string[] } {
  const options = Object.fromEntries(
    Object.entries(specs).map(([key, { type, multiple = false }]) => [key, { type, multiple }]),
  );
  try {
    const hidden = args.map((word, i) => hideMinus(word, args[i - 1]));
    const { values, positionals } = parseArgs({
      args: hidden,
      options,
      allowPositionals: true,
      strict: true,
    });
    const shown = Object.entries(values).map(([key, value]) => [key, showMinus(value)]);
    return {
      values: Object.fromEntries(shown) as object,
      positionals: positionals.map((word) => showMinus(word)),
    };
  } catch (error) {
    // The first sentence says what is wrong; the others explain parseArgs.
    const what = (error instanceof Error ? error.message : String(error)).split(/\.\s|\n/)[0];
    throw usageError(`${what}; see ${seeHelp(command)}`);
  }
}

/** No word of a command line holds it. */
const HIDDEN = '\0';

/**
 * No option begins with one minus and a digit, so that is a number; and a token that was drawn begins with
 * anything. parseArgs would refuse both.
 */
function hideMinus(word: string, before: string | undefined): string {
  return /^-\d/.test(word) || before === '--token' ? HIDDEN + word : word;
}

function showMinus<T>(value: T): T {
  if (Array.isArray(value)) return value.map((one: unknown) => showMinus(one)) as T;
  return typeof value === 'string' && value.startsWith(HIDDEN) ? (value.slice(1) as T) : value;
}

function checkCounts(
  command: Command,
  { length }: readonly string[],
  rest: readonly string[] | undefined,
): void {
  const { name, takesRest = false, minPositionals, maxPositionals } = command;
  const see = `see ${seeHelp(command)}`;
  if (takesRest && length > 0) throw usageError(`${name} takes its command after "--"; ${see}`);
  if (takesRest && !rest?.[0]) throw usageError(`${name} needs a command after "--"; ${see}`);
  if (!takesRest && rest !== undefined)
    throw usageError(`${name} takes nothing after "--"; ${see}`);
  if (length < minPositionals) throw usageError(`${name} needs ${command.operands}; ${see}`);
  if (length > maxPositionals) throw usageError(`${name} got too many words; ${see}`);
}

function seeHelp(command: Command | undefined): string {
  return `runchart ${command === undefined ? '' : `${command.name} `}--help`;
}

function splitAt(argv: readonly string[], mark: string): [string[], string[] | undefined] {
  const at = argv.indexOf(mark);
  return at === -1 ? [[...argv], undefined] : [argv.slice(0, at), argv.slice(at + 1)];
}
