import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, chownSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { freePorts } from './free-ports.ts';

/** A server of its own on loopback, with a folder that goes with it. */
export interface PostgresServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Resolves when it answers. */
  start(): Promise<void>;
  /** As `pg_ctl stop -m immediate`: the server recovers from its log when it is started again. */
  stopAtOnce(): Promise<void>;
  /** kill -9, it and all of its processes. */
  kill(): Promise<void>;
  /** Makes a server that follows this one, which waits for it with every commit from then on. */
  standby(): Promise<PostgresServer>;
  /** Makes a standby a server in its own right. Resolves when it takes writes. */
  promote(): Promise<void>;
  query(text: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

const SETTINGS = ['-c', 'listen_addresses=127.0.0.1', '-c', 'max_connections=200'];
const START_LIMIT_MS = 30_000;
const STANDBY = 'second';
const PREFIX = 'runchart-postgres-';
const run = promisify(execFile);

/** A new server of the programs in a folder. */
export async function startPostgres(programs: string): Promise<PostgresServer> {
  const folder = ownFolder();
  const data = join(folder, 'data');
  await run(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--locale', 'C'],
    { ...asPostgres(), env: environment() },
  );
  const server = await serverIn(programs, folder, data);
  await server.start();
  return server;
}

/** Without a word about where to connect to, or in which language to speak. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name));
  return { ...Object.fromEntries(own), LC_ALL: 'C' };
}

/** Postgres does not run as root. */
function asPostgres(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string): number =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

function ownFolder(): string {
  const parent = tmpdir();
  const folder = mkdtempSync(join(parent, PREFIX));
  const { uid, gid } = asPostgres();
  if (uid !== undefined && gid !== undefined) {
    chownSync(folder, uid, gid);
    // The folder of the tests lets nobody else through.
    if (basename(parent).startsWith('runchart-test-')) chmodSync(parent, 0o711);
  }
  return folder;
}

async function serverIn(programs: string, folder: string, data: string): Promise<PostgresServer> {
  const [port = 0] = await freePorts(1);
  let child: ChildProcess | undefined;
  const query: PostgresServer['query'] = async (text) => {
    const client = new Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
    client.on('error', () => {});
    try {
      await client.connect();
      return (await client.query(text)).rows as readonly Readonly<Record<string, unknown>>[];
    } finally {
      await client.end().catch(() => {});
    }
  };
  const until = async (text: string): Promise<void> => {
    for (const endMs = Date.now() + START_LIMIT_MS; ; await sleep(50)) {
      const rows = await query(text).catch(() => []);
      if (Object.values(rows[0] ?? {})[0] === true) return;
      if (Date.now() > endMs) throw new Error(`Postgres at ${port} did not come to: ${text}`);
    }
  };
  const gone = async (act: (child: ChildProcess) => unknown): Promise<void> => {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const exit = once(ending, 'exit');
    await act(ending);
    await exit;
  };
  const kill = (): Promise<void> =>
    gone(({ pid = 0 }) => {
      const all = [pid, ...childrenOf(pid)];
      // First the one that would look after the others.
      for (const one of all) process.kill(one, 'SIGKILL');
    });
  const killed = (): void => void child?.kill('SIGQUIT');
  const server: PostgresServer = {
    port,
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    query,
    kill,
    start: async () => {
      const args = ['-D', data, '-p', String(port), '-k', '', ...SETTINGS];
      child = spawn(join(programs, 'postgres'), args, {
        ...asPostgres(),
        env: environment(),
        stdio: 'ignore',
      });
      process.once('exit', killed);
      child.once('exit', () => process.removeListener('exit', killed));
      await until('select true');
    },
    stopAtOnce: () =>
      gone(() =>
        run(join(programs, 'pg_ctl'), ['-D', data, 'stop', '-m', 'immediate'], {
          ...asPostgres(),
          env: environment(),
        }),
      ),
    standby: async () => {
      // A copy that was taken of a server that is not running is a whole one.
      await gone((ending) => ending.kill('SIGINT'));
      const copy = join(folder, 'standby');
      const owner = asPostgres();
      cpSync(data, copy, { recursive: true, preserveTimestamps: true });
      settle(copy, owner, 'standby.signal', '');
      settle(
        copy,
        owner,
        'postgresql.auto.conf',
        `primary_conninfo = 'host=127.0.0.1 port=${port} user=postgres application_name=${STANDBY}'\n`,
      );
      settle(data, owner, 'postgresql.auto.conf', `synchronous_standby_names = '${STANDBY}'\n`);
      chmodSync(copy, 0o700);
      if (owner.uid !== undefined) await run('chown', ['-R', `${owner.uid}:${owner.gid}`, copy]);
      const second = await serverIn(programs, folder, copy);
      await server.start();
      await second.start();
      await until(`select count(*) = 1 from pg_stat_replication where sync_state = 'sync'`);
      return second;
    },
    promote: async () => {
      await query('select pg_promote(true, 30)');
      await until('select not pg_is_in_recovery()');
    },
    [Symbol.asyncDispose]: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
  return server;
}

function settle(
  data: string,
  { uid, gid }: { readonly uid?: number; readonly gid?: number },
  file: string,
  text: string,
): void {
  appendFileSync(join(data, file), text);
  if (uid !== undefined && gid !== undefined) chownSync(join(data, file), uid, gid);
}

function childrenOf(pid: number): readonly number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).split('\n');
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.flatMap(([child = 0, parent]) => (parent === pid ? [child] : []));
}
