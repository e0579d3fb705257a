import type { OutputContent, OutputRecord } from '../../index.ts';
import { EXIT } from '../cli-error.ts';
import type { Command } from '../command.ts';
import { textOf } from '../option-values.ts';
import { openRun } from '../runs.ts';
import { withStore } from '../store.ts';
import type { Sink } from '../terminal/sink.ts';

const PAGE_OUTPUTS = 1_000;

/** `runchart outputs RUN`: what a run gave out, in order. */
export const outputs: Command = {
  name: 'outputs',
  operands: 'RUN',
  summary: 'Print what a run gave out, in order',
  details: [
    'Lines that were kept come as they were; --producer stdout prints what a command printed.',
  ],
  options: { producer: { type: 'string', value: 'P', help: 'only by this producer' } },
  minPositionals: 1,
  maxPositionals: 1,
  run: (context) =>
    withStore(context, async (runtime) => {
      const { options, stdout, positionals } = context;
      const producer = textOf(options, 'producer');
      const { run } = await openRun(runtime, positionals[0] ?? '');
      let page = await run.outputs.list({ limit: PAGE_OUTPUTS });
      while (page.length > 0) {
        const wanted = page.filter(
          (record) => producer === undefined || record.producer === producer,
        );
        const toText = (record: OutputRecord): string =>
          options['json'] === true ? JSON.stringify(record) : outputText(record, stdout);
        if (wanted.length > 0) await stdout.write(`${wanted.map(toText).join('\n')}\n`);
        const afterId = page.at(-1)?.id;
        if (page.length < PAGE_OUTPUTS || afterId === undefined) break;
        page = await run.outputs.list({ limit: PAGE_OUTPUTS, afterId });
      }
      return EXIT.ok;
    }),
};

function outputText({ event }: OutputRecord, { style }: Sink): string {
  switch (event.type) {
    case 'partial':
      return contentText(event.chunk);
    case 'progress':
      return style(
        'dim',
        `progress ${event.stage}${event.note === undefined ? '' : `: ${event.note}`}`,
      );
    case 'artifact':
      return `${style('dim', `artifact ${event.name}:`)} ${contentText(event.content)}`;
    case 'final':
      return `${style('dim', `final ${event.ok ? 'ok' : 'not ok'}:`)} ${contentText(event.content)}`;
  }
}

function contentText(content: OutputContent): string {
  if (content.kind === 'file') return `${content.path} (${content.size} bytes)`;
  return typeof content.value === 'string' ? content.value : JSON.stringify(content.value);
}
