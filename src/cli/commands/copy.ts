import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { CopyOptions, CopyReport, CopyStep } from '../../copy/index.ts';
import type { Stores } from '../../index.ts';
import { CliError, EXIT, usageError } from '../cli-error.ts';
import type { Command, CommandContext, OptionValues } from '../command.ts';
import { sessionOf, textOf, textsOf } from '../option-values.ts';
import { type StoreAddress, storeAddress, storesAt } from '../store-address.ts';
import { byteText, counted, oneLine } from '../terminal/text.ts';

/** How often a line of progress is drawn, in milliseconds. */
const REDRAW_MS = 100;

/** `runchart copy --from STORE --to STORE`: moves runs with all that belongs to them between any two stores. */
export const copy: Command = {
  name: 'copy',
  operands: '',
  summary: 'Copy runs from one store to another, with all that belongs to them, and compare both',
  details: [
    'Stop what drives the source first: a run that is driven is left out, and copied by the next call.',
    'What is in the target is never overwritten. A copy may be killed and called again: it goes on where it was.',
    'With --run and --session relatives come along: parents, children, forks and what they were forked from.',
    'With --json: one object, with ok, copied, there, left, events, blobs, blobBytes, compared, differences.',
    'Exit code 1: a run was left out, or something differs.',
  ],
  options: {
    from: {
      type: 'string',
      value: 'URL',
      help: 'the store to copy from: a path, postgres://... or nats://...',
    },
    to: { type: 'string', value: 'URL', help: 'the store to copy to; a file is created' },
    run: { type: 'string', value: 'ID', multiple: true, help: 'only this run and its relatives' },
    session: { type: 'string', value: 'S', help: 'only the runs of this session, and relatives' },
    live: {
      type: 'boolean',
      help: 'copy runs that are driven too, without their last event, for a later call to complete',
    },
    'no-verify': { type: 'boolean', help: 'do not compare the stores in the end' },
  },
  minPositionals: 0,
  maxPositionals: 0,
  run: async (context) => {
    const { options, stdout } = context;
    const [from, to] = await placesOf(context);
    // Only this command needs it.
    const { copyStores } = await import('../../copy/index.ts');
    const work = copyStores(from, to, copyOptionsOf(options));
    const progress = createProgress(context);
    for (;;) {
      const next = await work.next();
      if (next.done !== true) {
        await progress.tell(next.value);
        continue;
      }
      await progress.end();
      const report = next.value;
      const text = options['json'] === true ? JSON.stringify(report) : resultText(context, report);
      await stdout.write(`${text}\n`);
      return report.ok ? EXIT.ok : EXIT.failed;
    }
  },
};

function copyOptionsOf(options: OptionValues): CopyOptions {
  const runIds = textsOf(options, 'run');
  const sessionId = sessionOf(options);
  return {
    ...(runIds.length > 0 && { runIds }),
    ...(sessionId !== undefined && { sessionId }),
    live: options['live'] === true,
    verify: options['no-verify'] !== true,
  };
}

async function placesOf({ options, cwd }: CommandContext): Promise<readonly [Stores, Stores]> {
  const address = (name: string): StoreAddress => {
    const text = textOf(options, name);
    if (text === undefined || text === '') throw usageError(`copy needs --${name} STORE`);
    return storeAddress(text, cwd);
  };
  const [from, to] = [address('from'), address('to')];
  if (isDeepStrictEqual(placeOf(from), placeOf(to))) {
    throw usageError('copy needs two stores, and both are the same');
  }
  if (from.kind === 'sqlite') {
    const stats = statSync(from.file, { throwIfNoEntry: false });
    // An empty file would become a store by being looked at.
    if (stats === undefined || stats.size === 0) {
      throw new CliError('STORE_NOT_FOUND', `no store at ${from.path}`);
    }
  }
  const source = await storesAt(from, { mustExist: true });
  if (to.kind === 'sqlite') mkdirSync(dirname(to.file), { recursive: true });
  return [source, await storesAt(to)];
}

/** Where a store is, however it was written. */
function placeOf(address: StoreAddress): unknown {
  return address.kind === 'sqlite' ? address.file : address.options;
}

interface Progress {
  tell(step: CopyStep): Promise<void>;
  end(): Promise<void>;
}

/** One line that is drawn again and again on a terminal, and a line per stage where there is none. */
function createProgress({ stderr, stdout, options }: CommandContext): Progress {
  const isQuiet = options['json'] === true;
  let [runs, events, outputs, compared, total, drawnMs] = [0, 0, 0, 0, 0, 0];
  const draw = async (text: string): Promise<void> => {
    if (!stderr.isTTY || isQuiet || performance.now() - drawnMs < REDRAW_MS) return;
    drawnMs = performance.now();
    await stderr.write(`\r\u001b[K${text}`);
  };
  const clear = async (): Promise<void> => {
    if (stderr.isTTY && !isQuiet) await stderr.write('\r\u001b[K');
  };
  const line = async (text: string): Promise<void> => {
    await clear();
    if (!isQuiet) await stdout.write(`${text}\n`);
  };
  const tell = async (step: CopyStep): Promise<void> => {
    if (step.kind === 'planned') {
      total = step.runs;
      const there = step.there === 0 ? '' : `, ${step.there} there already`;
      return line(`${counted(step.runs, 'run')} to copy${there}`);
    }
    if (step.kind === 'left') return line(`left: ${oneLine(step.left.why)}`);
    if (step.kind === 'outputs') {
      outputs += step.outputs;
      return draw(counted(outputs, 'output'));
    }
    if (step.kind === 'runs') {
      runs += step.runs;
      events += step.events;
      return draw(`${runs} of ${counted(total, 'run')}, ${counted(events, 'event')}`);
    }
    compared += 1;
    for (const difference of step.differences) await line(`differs: ${oneLine(difference)}`);
    return draw(`${counted(compared, 'run')} compared`);
  };
  return { tell, end: clear };
}

function resultText({ stdout }: CommandContext, report: CopyReport): string {
  const { copied, there, left, events, blobs, blobBytes, compared, differences, ok } = report;
  const parts = [
    `${counted(copied, 'run')} copied with ${counted(events, 'event')}`,
    ...(blobs === 0 ? [] : [`${counted(blobs, 'content')} of ${byteText(blobBytes)}`]),
    ...(there === 0 ? [] : [`${there} there before`]),
    ...(left.length === 0 ? [] : [`${left.length} left out`]),
    ...(compared === 0 ? ['nothing compared'] : [comparedText(compared, differences.length)]),
  ];
  return stdout.style(ok ? 'green' : 'red', parts.join(', '));
}

function comparedText(compared: number, differences: number): string {
  const what = `${counted(compared, 'run')} compared`;
  return differences === 0 ? `${what}: the same` : `${what}: ${counted(differences, 'difference')}`;
}
