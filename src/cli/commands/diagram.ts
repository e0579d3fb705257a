import { diagram as draw, type DiagramFormat } from '../../machines/index.ts';
import { EXIT, usageError } from '../cli-error.ts';
import type { Command } from '../command.ts';
import { statusOf, textOf } from '../option-values.ts';

const FORMATS = ['mermaid', 'stately', 'json'] as const satisfies readonly DiagramFormat[];

/** `runchart diagram`: the chart that every run follows. */
export const diagram: Command = {
  name: 'diagram',
  operands: '',
  summary: 'Print the chart that every run follows',
  details: [
    'mermaid is shown by GitHub; stately is code for the editor at stately.ai; json is a table.',
  ],
  options: {
    format: { type: 'string', value: 'F', help: `${FORMATS.join(', ')}; default mermaid` },
    status: { type: 'string', value: 'S', help: 'the status to mark, in mermaid' },
  },
  minPositionals: 0,
  maxPositionals: 0,
  run: async ({ options, stdout }) => {
    const name = textOf(options, 'format') ?? (options['json'] === true ? 'json' : 'mermaid');
    const format = FORMATS.find((known) => known === name);
    if (format === undefined)
      throw usageError(`--format is one of ${FORMATS.join(', ')}, got "${name}"`);
    const status = statusOf(options);
    await stdout.write(draw({ format, ...(status !== undefined && { status }) }));
    return EXIT.ok;
  },
};
