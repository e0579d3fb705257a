import { resolve } from 'node:path';
import type { OutputContent, OutputRecord, Run } from '../../index.ts';
import { EXIT, usageError } from '../cli-error.ts';
import type { Command, CommandContext } from '../command.ts';
import { textOf } from '../option-values.ts';
import { openRun } from '../runs.ts';
import { withStore } from '../store.ts';
import type { Sink } from '../terminal/sink.ts';
import { byteText, oneLine } from '../terminal/text.ts';

const PAGE_OUTPUTS = 1_000;
const JSON_TYPE = 'application/json';

type FileContent = Extract<OutputContent, { kind: 'file' }>;

/** `runchart outputs RUN`: what a run gave out, in order. */
export const outputs: Command = {
  name: 'outputs',
  operands: 'RUN',
  summary: 'Print what a run gave out, in order, or one file of it',
  details: [
    'Lines that were kept come as they were; --producer stdout prints what a command printed.',
    'Files are listed with their ids: --get ID prints their bytes. Of other outputs it prints the value,',
    'a text as it is, and with --json as JSON. With --save it writes a whole file, or none.',
  ],
  options: {
    producer: { type: 'string', value: 'P', help: 'only by this producer' },
    get: { type: 'string', value: 'ID', help: 'the content of this output alone' },
    save: { type: 'string', value: 'PATH', help: 'with --get: write its bytes to a file instead' },
  },
  minPositionals: 1,
  maxPositionals: 1,
  run: (context) => {
    const [id, path] = [textOf(context.options, 'get'), textOf(context.options, 'save')];
    if (path === '') throw usageError('--save is empty');
    if (path !== undefined && id === undefined) throw usageError('--save needs --get ID');
    return withStore(context, async (runtime) => {
      const { run } = await openRun(runtime, context.positionals[0] ?? '');
      if (id === undefined) await printAll(run, context);
      else if (path === undefined) await printOne(run, id, context);
      else await run.outputs.save(id, resolve(context.cwd, path));
      return EXIT.ok;
    });
  },
};

async function printAll(run: Run, { options, stdout }: CommandContext): Promise<void> {
  const producer = textOf(options, 'producer');
  const toText = async (record: OutputRecord): Promise<string> =>
    options['json'] === true ? JSON.stringify(record) : outputText(run, record, stdout);
  let page = await run.outputs.list({ limit: PAGE_OUTPUTS });
  while (page.length > 0) {
    const wanted = page.filter((record) => producer === undefined || record.producer === producer);
    const lines: string[] = [];
    for (const record of wanted) lines.push(await toText(record));
    if (lines.length > 0) await stdout.write(`${lines.join('\n')}\n`);
    const afterId = page.at(-1)?.id;
    if (page.length < PAGE_OUTPUTS || afterId === undefined) break;
    page = await run.outputs.list({ limit: PAGE_OUTPUTS, afterId });
  }
}

async function printOne(run: Run, id: string, { options, stdout }: CommandContext): Promise<void> {
  const record = await run.outputs.get(id);
  if (contentOf(record)?.kind === 'file' && !isBigValue(record)) {
    for await (const chunk of await run.outputs.read(record)) await stdout.write(chunk);
    return;
  }
  const value = await run.outputs.value(record);
  const asText = typeof value === 'string' && options['json'] !== true;
  await stdout.write(`${asText ? value : JSON.stringify(value)}\n`);
}

function contentOf({ event }: OutputRecord): OutputContent | undefined {
  if (event.type === 'progress') return undefined;
  return event.type === 'partial' ? event.chunk : event.content;
}

async function outputText(run: Run, record: OutputRecord, { style }: Sink): Promise<string> {
  const { event } = record;
  switch (event.type) {
    case 'partial':
      if (isBigValue(record)) return valueText(await run.outputs.value(record));
      return contentText(record, event.chunk);
    case 'progress':
      return style(
        'dim',
        `progress ${event.stage}${event.note === undefined ? '' : `: ${event.note}`}`,
      );
    case 'artifact':
      return `${style('dim', `artifact ${event.name}:`)} ${contentText(record, event.content)}`;
    case 'final':
      return `${style('dim', `final ${event.ok ? 'ok' : 'not ok'}:`)} ${contentText(record, event.content)}`;
  }
}

function contentText({ id }: OutputRecord, content: OutputContent): string {
  return content.kind === 'file' ? fileText(id, content) : valueText(content.value);
}

function fileText(id: string, { path, mime = 'unknown type', size }: FileContent): string {
  return `${oneLine(path)} (${byteText(size)}, ${oneLine(mime)}) ${id}`;
}

function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** True for a value that is kept as a file only because it is too big for its record. */
function isBigValue(record: OutputRecord): boolean {
  const content = contentOf(record);
  if (content?.kind !== 'file' || content.mime !== JSON_TYPE) return false;
  return record.event.type !== 'artifact' || content.path === `${record.event.name}.json`;
}
