import { isRunchartError, type Runtime } from '../../index.ts';
// Only types: of all commands this one alone needs the server.
import type { Listening, ListenOptions } from '../../server/index.ts';
import { assertMayListen } from '../../server/may-listen.ts';
import { CliError, errorLine, EXIT, usageError } from '../cli-error.ts';
import type { Command, CommandContext, OptionValues } from '../command.ts';
import { loadDefinitions } from '../load-definitions.ts';
import { textOf, wholeOf } from '../option-values.ts';
import { tokenOf } from '../server-address.ts';
import { onEndingSignal } from '../signals.ts';
import { withOwnStore } from '../store.ts';

const DEFAULT_PORT = 7407;
const DEFAULT_HOST = '127.0.0.1';
const MAX_PORT = 65_535;

/** `runchart serve`: the store over HTTP, until it is asked to end. */
export const serve: Command = {
  name: 'serve',
  operands: '',
  summary: 'Serve the store over HTTP, for every other command with --server, and for programs',
  details: [
    'The store is created if it is not there. Runs of the definitions of --definitions are driven here,',
    'and those whose process died are gone on with.',
    'Ctrl-C or SIGTERM: no new work is taken, runs have 30 s to end, streams are told, and the exit code',
    'is 0; runs that did not end stay active. A second one ends at once.',
    'With --json the line that says where it listens is { "url": ... }.',
  ],
  options: {
    port: {
      type: 'string',
      value: 'N',
      help: `default ${DEFAULT_PORT}; 0 takes one that is free`,
    },
    host: {
      type: 'string',
      value: 'H',
      help: `default ${DEFAULT_HOST}; others than this machine need a token`,
    },
    token: {
      type: 'string',
      value: 'T',
      help: 'what requests have to carry; $RUNCHART_TOKEN is safer, as others see command lines',
    },
    definitions: {
      type: 'string',
      value: 'FILE',
      help: 'a module: every definition that it exports, alone or in a list',
    },
  },
  minPositionals: 0,
  maxPositionals: 0,
  run: async (context) => {
    const { options, stderr } = context;
    if (textOf(options, 'server') !== undefined) {
      throw usageError('serve serves a store of this machine; --server is for the other commands');
    }
    const where = { ...addressOf(options), token: tokenOf(context) };
    const module = textOf(options, 'definitions');
    const definitions = module === undefined ? [] : await loadDefinitions(module, context.cwd);
    try {
      // Before there is a store: what it is called with would open it to anybody.
      assertMayListen(where.host, where);
      const work = { definitions, recovery: 'resume' } as const;
      await withOwnStore(context, work, (runtime) => serveUntilAsked(context, runtime, where));
      return EXIT.ok;
    } catch (error) {
      if (!isRunchartError(error, 'INPUT_INVALID')) throw error;
      await stderr.write(`${errorLine(error)}\n`);
      return EXIT.usage;
    }
  },
};

interface Where {
  readonly port: number;
  readonly host: string;
  readonly token: string | undefined;
}

function addressOf(options: OptionValues): Pick<Where, 'port' | 'host'> {
  const port = wholeOf(options, 'port', 0) ?? DEFAULT_PORT;
  const host = textOf(options, 'host') ?? DEFAULT_HOST;
  if (port > MAX_PORT) throw usageError(`--port takes a whole number up to ${MAX_PORT}`);
  // Node would take it for every address there is.
  if (host === '') throw usageError('--host is empty');
  return { port, host };
}

async function serveUntilAsked(
  { options, stdout, stderr }: CommandContext,
  runtime: Runtime,
  { token, ...address }: Where,
): Promise<void> {
  const asked = Promise.withResolvers<void>();
  let isAsked = false;
  const stop = onEndingSignal(() => {
    if (isAsked) process.exit(EXIT.cancelled);
    isAsked = true;
    asked.resolve();
  });
  try {
    const say = (text: string): Promise<void> => stderr.write(`${text}\n`).catch(() => undefined);
    const listening = await listeningAt(runtime, {
      ...address,
      ...(token !== undefined && { token }),
      onError: (error) => void say(errorLine(error)),
    });
    const { url } = listening;
    const line =
      options['json'] === true ? JSON.stringify({ url }) : `runchart: listening on ${url}`;
    // Whoever started it may have read enough; it serves others.
    await stdout.write(`${line}\n`).catch(() => undefined);
    await asked.promise;
    await say('runchart: going down; again to end at once');
    await listening.close();
    // While signals are listened for: what it lets go of is written.
    await runtime.close();
  } finally {
    stop();
  }
}

async function listeningAt(
  runtime: Runtime,
  options: ListenOptions & { readonly port: number },
): Promise<Listening> {
  const { listen } = await import('../../server/index.ts');
  try {
    return await listen(runtime, options);
  } catch (error) {
    if (Object(error).code !== 'EADDRINUSE') throw error;
    throw new CliError(
      'PORT_TAKEN',
      `port ${options.port} is taken, maybe by another runchart serve; --port N takes another, --port 0 one that is free`,
    );
  }
}
