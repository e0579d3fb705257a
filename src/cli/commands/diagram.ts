import { type ChartDirection, chartFile, RUN_CHART } from '../../diagram/index.ts';
import { layoutChart } from '../../diagram/layout-chart.ts';
import type { AnyDefinition } from '../../index.ts';
import { chartOf, diagram as draw, machineDiagram } from '../../machines/index.ts';
import { EXIT, usageError } from '../cli-error.ts';
import type { Command, CommandContext, OptionValues } from '../command.ts';
import { loadDefinitions } from '../load-definitions.ts';
import { statusOf, textOf } from '../option-values.ts';

const FORMATS = ['mermaid', 'stately', 'json', 'svg'] as const;
const DIRECTIONS = ['right', 'down'] as const satisfies readonly ChartDirection[];

type Format = (typeof FORMATS)[number];

/** `runchart diagram`: the chart that every run follows, or the machine of a definition. */
export const diagram: Command = {
  name: 'diagram',
  operands: '',
  summary: 'Print the chart that every run follows, or the machine of a definition',
  details: [
    'mermaid is shown by GitHub; stately is code for the editor at stately.ai; json is a table;',
    'svg is a picture for browsers and documents.',
  ],
  options: {
    format: { type: 'string', value: 'F', help: `${FORMATS.join(', ')}; default mermaid` },
    status: { type: 'string', value: 'S', help: 'the status to mark, in mermaid and svg' },
    direction: {
      type: 'string',
      value: 'D',
      help: `${DIRECTIONS.join(' or ')}: the way of the arrows, in svg; default right`,
    },
    definitions: { type: 'string', value: 'FILE', help: 'a module that exports definitions' },
    definition: { type: 'string', value: 'NAME', help: 'the definition whose machine is drawn' },
  },
  minPositionals: 0,
  maxPositionals: 0,
  run: async (context) => {
    const { options, stdout } = context;
    const fallback = options['json'] === true ? 'json' : 'mermaid';
    const format = oneOf(options, 'format', FORMATS, fallback);
    const direction = oneOf(options, 'direction', DIRECTIONS, 'right');
    const definition = await definitionOf(context);
    await stdout.write(
      definition === undefined
        ? drawRuns(options, format, direction)
        : await drawDefinition(definition, format, direction),
    );
    return EXIT.ok;
  },
};

function drawRuns(options: OptionValues, format: Format, direction: ChartDirection): string {
  const status = statusOf(options);
  if (format !== 'svg') return draw({ format, ...(status !== undefined && { status }) });
  const { chart, [direction]: layout } = RUN_CHART;
  const active = chart.states.filter(({ name }) => name === status).map(({ id }) => id);
  return chartFile(layout, { active, title: 'The chart of a run' });
}

async function drawDefinition(
  { name, machine }: AnyDefinition,
  format: Format,
  direction: ChartDirection,
): Promise<string> {
  if (machine === undefined) {
    throw usageError(`the definition "${name}" is code, and no state machine to draw`);
  }
  if (format !== 'svg') return machineDiagram(machine, { format });
  const layout = await layoutChart(chartOf(machine), { direction });
  return chartFile(layout, { title: `The machine of ${name}` });
}

async function definitionOf({ options, cwd }: CommandContext): Promise<AnyDefinition | undefined> {
  const module = textOf(options, 'definitions');
  const name = textOf(options, 'definition');
  if (module === undefined && name === undefined) return undefined;
  if (module === undefined) {
    throw usageError('--definition needs the module that exports it: --definitions FILE');
  }
  if (name === undefined) throw usageError('--definitions needs --definition NAME, of one of them');
  if (textOf(options, 'status') !== undefined) {
    throw usageError('--status marks the chart of every run, and no machine of a definition');
  }
  const definitions = await loadDefinitions(module, cwd);
  const found = definitions.find((each) => each.name === name);
  if (found !== undefined) return found;
  const names = definitions.map((each) => each.name).join(', ');
  throw usageError(`${module} has no definition "${name}"; it has ${names}`);
}

function oneOf<T extends string>(
  options: OptionValues,
  name: string,
  values: readonly T[],
  fallback: T,
): T {
  const text = textOf(options, name) ?? fallback;
  const found = values.find((value) => value === text);
  if (found !== undefined) return found;
  throw usageError(`--${name} is one of ${values.join(', ')}, got "${text}"`);
}
