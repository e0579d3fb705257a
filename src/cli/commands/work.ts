import type { Runtime } from '../../index.ts';
import { EXIT, usageError } from '../cli-error.ts';
import type { Command, CommandContext } from '../command.ts';
import { jsonLogger } from '../json-logger.ts';
import { loadDefinitions } from '../load-definitions.ts';
import { secondsOf, textOf, wholeOf } from '../option-values.ts';
import { onEndingSignal } from '../signals.ts';
import { storeText, withOwnStore } from '../store.ts';
import { dispatchAt } from '../store-address.ts';
import { counted } from '../terminal/text.ts';

const DEFAULT_CONCURRENCY = 100;
const DEFAULT_GRACE_MS = 30_000;
/** How long work that was told to stop may take for it, in milliseconds. */
const STOP_MS = 5_000;

/** `runchart work`: drives what others started, until it is asked to end. */
export const work: Command = {
  name: 'work',
  operands: 'DEFINITIONS',
  summary: 'Drive runs of the definitions that a module exports, beside other processes that do',
  details: [
    'DEFINITIONS is a module: every definition that it exports, alone or in a list. Any number of processes',
    'may work on one store. Each takes what it has places for; of a session one run is driven at a time.',
    'Ctrl-C or SIGTERM: no other run is begun, those that are driven have the grace to end, what is left is',
    'handed over to other processes at once, and the exit code is 0. A second one ends at once.',
    'With --json the line at the start is { "store": ..., "definitions": [...], "concurrency": ..., "pid": ... }.',
  ],
  options: {
    concurrency: {
      type: 'string',
      value: 'N',
      help: `runs driven at once; default ${DEFAULT_CONCURRENCY}`,
    },
    dispatch: {
      type: 'string',
      value: 'URL',
      help: 'take runs from a queue: postgres://... (pg-boss) or nats://...; default: from the store',
    },
    grace: {
      type: 'string',
      value: 'S',
      help: `seconds that runs have to end; default ${DEFAULT_GRACE_MS / 1000}`,
    },
    log: {
      type: 'boolean',
      help: 'what an operator should know, a line of JSON each, on stderr',
    },
  },
  minPositionals: 1,
  maxPositionals: 1,
  run: async (context) => {
    const { options, stderr, cwd } = context;
    if (textOf(options, 'server') !== undefined) {
      throw usageError('work drives runs of a store; --server is for the other commands');
    }
    const concurrency = wholeOf(options, 'concurrency', 1) ?? DEFAULT_CONCURRENCY;
    const graceMs = secondsOf(options, 'grace') ?? DEFAULT_GRACE_MS;
    const [module = ''] = context.positionals;
    const definitions = await loadDefinitions(module, cwd);
    const queue = textOf(options, 'dispatch');
    const own = {
      definitions,
      role: 'worker',
      recovery: 'resume',
      concurrency,
      ...(queue !== undefined && { dispatch: await dispatchAt(queue, concurrency) }),
      ...(options['log'] === true && { logger: jsonLogger(stderr, Date.now) }),
    } as const;
    const names = definitions.map(({ name }) => name);
    await withOwnStore(context, own, (runtime) =>
      workUntilAsked(context, runtime, { names, concurrency, graceMs }),
    );
    return EXIT.ok;
  },
};

interface Work {
  readonly names: readonly string[];
  readonly concurrency: number;
  readonly graceMs: number;
}

async function workUntilAsked(
  context: CommandContext,
  runtime: Runtime,
  { names, concurrency, graceMs }: Work,
): Promise<void> {
  const { options, stdout, stderr } = context;
  const asked = Promise.withResolvers<void>();
  let isAsked = false;
  const stop = onEndingSignal(() => {
    if (isAsked) process.exit(EXIT.cancelled);
    isAsked = true;
    asked.resolve();
  });
  // What a worker waits for is in other processes, and keeps none of this one.
  const alive = setInterval(() => undefined, 2 ** 31 - 1);
  const say = (text: string): Promise<void> => stderr.write(`${text}\n`).catch(() => undefined);
  try {
    const store = storeText(context);
    const about = { store, definitions: names, concurrency, pid: process.pid };
    const line = `runchart: working on ${counted(names.length, 'definition')} in ${store}, up to ${counted(concurrency, 'run')} at once`;
    const text = options['json'] === true ? JSON.stringify(about) : line;
    await stdout.write(`${text}\n`).catch(() => undefined);
    await asked.promise;
    const { driven } = await runtime.stats();
    await say(`runchart: going down, ${counted(driven.count, 'run')} to end; again to end at once`);
    await Promise.race([runtime.drain(), waited(graceMs)]);
    const left = (await runtime.stats()).driven.count;
    if (left > 0) await say(`runchart: ${counted(left, 'run')} handed over to other processes`);
    // While signals are listened for: what it lets go of is written.
    await runtime.close({ graceMs: STOP_MS });
    // Work that hears no signal would keep the process; to others it is gone already.
    if ((await runtime.stats()).driven.count > 0) process.exit(EXIT.ok);
  } finally {
    clearInterval(alive);
    stop();
  }
}

function waited(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
