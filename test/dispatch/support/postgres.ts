import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePorts } from '../../support/nats/nats-server.ts';

export const NO_POSTGRES =
  'There is no Postgres here, so nothing was tried with pg-boss: put its `postgres` in the PATH.';

export interface PostgresServer extends AsyncDisposable {
  readonly url: string;
  /** Ends it at once. Its data stays until it is closed. */
  kill(): Promise<void>;
}

/** The folder of the programs of a Postgres, where there is one. */
export function findPostgres(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/bin'];
  return folders
    .map((folder) => join(folder, 'postgres'))
    .filter((path) => existsSync(path))
    .map((path) => dirname(realpathSync(path)))
    .find((folder) => existsSync(join(folder, 'initdb')));
}

/** Starts a server on loopback, with a folder of its own that goes when it is closed. */
export async function startPostgres(): Promise<PostgresServer> {
  const programs = findPostgres();
  if (programs === undefined) throw new Error(NO_POSTGRES);
  const who = ordinaryUser();
  // The folder of the tests is that of root alone.
  const parent = who === undefined ? tmpdir() : '/dev/shm';
  const folder = mkdtempSync(join(parent, 'runchart-pg-'));
  if (who !== undefined) chownSync(folder, who.uid, who.gid);
  const data = join(folder, 'data');
  execFileSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C'],
    { stdio: 'ignore', cwd: folder, ...who },
  );
  const [port = 0] = await freePorts(1);
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: folder,
    max_connections: 100,
  };
  const args = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  const server = spawn(join(programs, 'postgres'), ['-D', data, ...args], {
    stdio: 'ignore',
    cwd: folder,
    ...who,
  });
  const killed = (): void => void server.kill('SIGQUIT');
  process.once('exit', killed);
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await untilAnswering(url);
  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const gone = new Promise((resolve) => void server.once('exit', resolve));
    server.kill('SIGQUIT');
    await gone;
  };
  return {
    url,
    kill,
    [Symbol.asyncDispose]: async () => {
      process.removeListener('exit', killed);
      await kill();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A Postgres refuses to run as root: then it runs as the user that its package made. */
function ordinaryUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string): number =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

async function untilAnswering(url: string): Promise<void> {
  for (const endMs = Date.now() + 20_000; ;) {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    try {
      await client.connect();
      return await client.end();
    } catch (error) {
      if (Date.now() > endMs) throw error;
    }
    await sleep(50);
  }
}
