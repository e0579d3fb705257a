import { usageError } from './cli-error.ts';
import type { CommandContext } from './command.ts';
import { textOf } from './option-values.ts';

/** A server of runchart, and what it asks for. */
export interface ServerAddress {
  readonly url: string;
  readonly token: string | undefined;
}

type Given = Pick<CommandContext, 'options' | 'env'>;

/** The server that `--server` or RUNCHART_SERVER names; undefined where the store is a file of this machine. */
export function serverOf({ options, env }: Given): ServerAddress | undefined {
  const [server, store] = [textOf(options, 'server'), textOf(options, 'store')];
  if (server !== undefined && store !== undefined) {
    throw usageError('--server and --store each say where the runs are; give one of them');
  }
  // What is on the command line is meant for this command, and goes before what is around it.
  const url = server ?? (store === undefined ? env['RUNCHART_SERVER'] || undefined : undefined);
  if (url === undefined) {
    if (textOf(options, 'token') !== undefined) throw usageError('--token is for --server');
    return undefined;
  }
  if (server === undefined && env['RUNCHART_STORE']) {
    throw usageError(
      'RUNCHART_SERVER and RUNCHART_STORE are both set, and only one of them can be meant; ' +
        'give --server or --store',
    );
  }
  checkUrl(url);
  return { url, token: tokenOf({ options, env }) };
}

/** What `--token` or RUNCHART_TOKEN says. It MUST NOT be printed. */
export function tokenOf({ options, env }: Given): string | undefined {
  const token = textOf(options, 'token') ?? (env['RUNCHART_TOKEN'] || undefined);
  if (token === undefined || /^[!-~]+$/.test(token)) return token;
  throw usageError('a token is made of letters, digits and signs of ASCII, without blanks');
}

/** What does not fit is not told back where it may hold a password. */
function checkUrl(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw usageError('a server is an http or https URL, such as http://127.0.0.1:7407');
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw usageError('the URL of a server has no name and no password in it; give a token');
  }
  if (parsed.search !== '' || parsed.hash !== '') {
    throw usageError('the URL of a server ends with its path, without "?" and "#"');
  }
}
