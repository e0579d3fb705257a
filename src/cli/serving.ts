import { isRunchartError, type Runtime } from '../index.ts';
// Only types: of all commands those that serve alone need the server.
import type { Listening, ListenOptions } from '../server/index.ts';
import { assertMayListen } from '../server/may-listen.ts';
import { CliError, errorLine, EXIT, usageError } from './cli-error.ts';
import type { CommandContext, OptionSpec, OptionValues } from './command.ts';
import { jsonLogger } from './json-logger.ts';
import { loadDefinitions } from './load-definitions.ts';
import { textOf, wholeOf } from './option-values.ts';
import { tokenOf } from './server-address.ts';
import { onEndingSignal } from './signals.ts';
import { withOwnStore } from './store.ts';
import { dispatchAt } from './store-address.ts';

const DEFAULT_PORT = 7407;
const DEFAULT_HOST = '127.0.0.1';
const MAX_PORT = 65_535;
/** Runs driven at once where a queue says when. */
const CONCURRENCY = 100;

const ROLES = ['all', 'orchestrator', 'worker'] as const;

/** The options of every command that serves a store. */
export const SERVING_OPTIONS: Readonly<Record<string, OptionSpec>> = {
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
  role: {
    type: 'string',
    value: 'R',
    help: `${ROLES.join(', ')}: with orchestrator runs are started here and driven by runchart work; default all`,
  },
  dispatch: {
    type: 'string',
    value: 'URL',
    help: 'share runs by a queue: postgres://... (pg-boss) or nats://...; default: by the store',
  },
  log: {
    type: 'boolean',
    help: 'what an operator should know, a line of JSON each, on stderr',
  },
};

export interface Serving {
  /** The command, for people. */
  readonly name: string;
  /** With the page of the inspector. */
  readonly inspector: boolean;
  /** Called when it listens; what it answers is printed: the line, or with --json the rest. */
  told(served: Served): Promise<Readonly<Record<string, string>> & { readonly line: string }>;
  /** A port that nobody asked for and that is taken is no reason to give up. */
  readonly takesAnyPort: boolean;
}

/** What is being served, and where. */
interface Served {
  readonly url: string;
  readonly token: string | undefined;
  readonly runtime: Runtime;
}

/** Serves the store of this machine until it is asked to end. Answers the exit code. */
export async function serveStore(context: CommandContext, serving: Serving): Promise<number> {
  const { options, stderr } = context;
  if (textOf(options, 'server') !== undefined) {
    throw usageError(
      `${serving.name} serves a store of this machine; --server is for the other commands`,
    );
  }
  const where = { ...addressOf(options), token: tokenOf(context) };
  const module = textOf(options, 'definitions');
  const definitions = module === undefined ? [] : await loadDefinitions(module, context.cwd);
  const role = roleOf(options);
  const queue = textOf(options, 'dispatch');
  try {
    // Before the store is made: what it was called with would open it to anybody.
    assertMayListen(where.host, where);
    const logger = options['log'] === true ? { logger: jsonLogger(stderr, Date.now) } : {};
    const shared = queue === undefined ? {} : { dispatch: await dispatchAt(queue, CONCURRENCY) };
    const work = { definitions, role, recovery: 'resume', ...shared, ...logger } as const;
    await withOwnStore(context, work, (runtime) =>
      serveUntilAsked(context, runtime, where, serving),
    );
    return EXIT.ok;
  } catch (error) {
    if (!isRunchartError(error, 'INPUT_INVALID')) throw error;
    await stderr.write(`${errorLine(error)}\n`);
    return EXIT.usage;
  }
}

function roleOf(options: OptionValues): (typeof ROLES)[number] {
  const text = textOf(options, 'role') ?? 'all';
  const role = ROLES.find((one) => one === text);
  if (role === undefined) throw usageError(`--role is one of ${ROLES.join(', ')}, got "${text}"`);
  return role;
}

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
  { inspector, told, takesAnyPort }: Serving,
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
    const isAnyPort = takesAnyPort && textOf(options, 'port') === undefined;
    const listening = await listeningAt(runtime, isAnyPort, {
      ...address,
      inspector,
      ...(token !== undefined && { token }),
      onError: (error) => void say(errorLine(error)),
    });
    let isServed = false;
    try {
      const { line, ...about } = await told({ url: listening.url, token, runtime });
      isServed = true;
      const text = options['json'] === true ? JSON.stringify(about) : `runchart: ${line}`;
      // Whoever started it may have read enough; it serves others.
      await stdout.write(`${text}\n`).catch(() => undefined);
      await asked.promise;
      await say('runchart: going down; again to end at once');
    } finally {
      // A server that nobody was told of has nobody to wait for, and would keep the process alive.
      await listening.close(isServed ? {} : { graceMs: 0 });
    }
    // While signals are listened for: what it lets go of is written.
    await runtime.close();
  } finally {
    stop();
  }
}

async function listeningAt(
  runtime: Runtime,
  isAnyPort: boolean,
  options: ListenOptions & { readonly port: number },
): Promise<Listening> {
  const { listen } = await import('../server/index.ts');
  try {
    return await listen(runtime, options);
  } catch (error) {
    if (Object(error).code !== 'EADDRINUSE') throw error;
    if (isAnyPort) return listen(runtime, { ...options, port: 0 });
    throw new CliError(
      'PORT_TAKEN',
      `port ${options.port} is taken, maybe by another runchart serve; --port N takes another, --port 0 one that is free`,
    );
  }
}
