import { type Command, GLOBAL_OPTIONS, type OptionSpec } from './command.ts';

/** The help of the whole command line. */
export function generalHelp(commands: readonly Command[]): string {
  const rows = commands.map(
    ({ name, operands, summary }) => [`${name} ${operands}`.trim(), summary] as const,
  );
  return [
    'Usage: runchart COMMAND [options]',
    '',
    ...columns(rows),
    '',
    'Options of every command:',
    ...columns([...optionRows(GLOBAL_OPTIONS), ['--version', 'the version of runchart']]),
    '',
    'RUN is the id of a run, the beginning of one, or @last.',
    'Exit codes: 0 completed, 1 failed, 2 usage, 130 cancelled.',
    '',
  ].join('\n');
}

/** The help of one command. */
export function commandHelp({ name, operands, summary, details = [], options }: Command): string {
  return [
    `Usage: runchart ${name} [options] ${operands}`.trimEnd(),
    '',
    summary,
    ...details,
    '',
    // A command may have an option of its own by the name of a global one: the first for the order, the last for the text.
    ...columns(optionRows({ ...options, ...GLOBAL_OPTIONS, ...options })),
    '',
  ].join('\n');
}

function optionRows(options: Readonly<Record<string, OptionSpec>>): (readonly [string, string])[] {
  return Object.entries(options).map(([name, { value, multiple, help }]) => [
    value === undefined ? `--${name}` : `--${name} ${value}`,
    multiple === true ? `${help}; may be repeated` : help,
  ]);
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
