import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { createRuntime } from '../../../src/index.ts';
import { listen } from '../../../src/server/index.ts';
import { sqlite } from '../../../src/stores/sqlite/index.ts';
import { problemOfBuild, root } from '../../support/built.ts';
import { openDeploy, type Outcome, outcomeOf, startKinds } from './deploy.ts';
import { type Around, type Ended, runInProcess } from './in-process.ts';
import { until } from './until.ts';

export { until };

const MAIN = join(root, 'dist/cli/main.js');
const PROGRAM = fileURLToPath(new URL('deploy-program.ts', import.meta.url));

/** A command line that is running, and what it has said so far. */
export interface Started {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly ended: Promise<Ended>;
}

/** The command line in a folder of its own. */
export interface Cli {
  readonly folder: string;
  /** Runs it to its end in this process, which takes a tenth of the time. */
  run(...args: readonly string[]): Promise<Ended>;
  /** Starts the bin of the built package, as users do. */
  start(...args: readonly string[]): Started;
  /** Starts the bin and waits for its end. */
  bin(...args: readonly string[]): Promise<Ended>;
  /** Starts runs of `deploy.ts`, lets go of them when all of them wait or are over, and answers their ids. */
  begin(...kinds: readonly string[]): Promise<readonly string[]>;
  /** Goes on with a run of `deploy.ts` until it is over. */
  goOn(runId: string): Promise<Outcome>;
  /** Starts the program of `deploy-program.ts` over the same store: another process that drives runs. */
  program(...args: readonly string[]): Started;
  /** Runs a line of shell in which `runchart` is the command line. */
  shell(line: string): Promise<Ended>;
  /** The parsed JSON lines that a command prints. */
  json<T = never>(...args: readonly string[]): Promise<T[]>;
  /** The same folder, with a server over its store, which has to be there, for every command to go to. */
  served(): Promise<Cli>;
}

/** Where the commands of a test find the store. */
export const PLACES = ['a file', 'a server'] as const;
export type Place = (typeof PLACES)[number];

/** The command line as it is used over a file, or over a server. */
export async function cliAt(place: Place, cli: Cli): Promise<Cli> {
  return place === 'a file' ? cli : cli.served();
}

/** A folder for one test file; what is in it is removed at its end, and so is what still runs. */
export function useCli(): () => Cli {
  const problem = problemOfBuild();
  if (problem !== undefined) throw new Error(problem);
  const folders = mkdtempSync(join(tmpdir(), 'runchart-cli-'));
  const children: ChildProcess[] = [];
  const servers: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
    await Promise.all(servers.map((close) => close()));
    rmSync(folders, { recursive: true, force: true });
  });
  const launch = (around: Around, file: string, args: readonly string[]): Started => {
    const child = spawn(file, args, { ...around, stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    return follow(child);
  };
  const cliIn = (folder: string, more: Env): Cli => {
    const local = { cwd: folder, env: plainEnv() };
    const around = { cwd: folder, env: { ...local.env, ...more } };
    const start = (...args: readonly string[]): Started =>
      launch(around, process.execPath, [MAIN, ...args]);
    const run = (...args: readonly string[]): Promise<Ended> => runInProcess(args, around);
    return {
      folder,
      run,
      start,
      bin: (...args) => start(...args).ended,
      begin: async (...kinds) => {
        await using runtime = await openDeploy(folder);
        return await startKinds(runtime, kinds);
      },
      goOn: async (runId) => {
        await using runtime = await openDeploy(folder, 'resume');
        return await outcomeOf(runtime, runId);
      },
      program: (...args) => launch(local, process.execPath, [PROGRAM, ...args]),
      shell: (line) => {
        const runchart = `runchart() { "${process.execPath}" "${MAIN}" "$@"; }`;
        return launch(around, 'bash', ['-c', `${runchart}; ${line}`]).ended;
      },
      json: async <T>(...args: readonly string[]): Promise<T[]> =>
        linesOf<T>(await run(...args, '--json')),
      served: async () => {
        const stores = sqlite(join(folder, '.runchart/runs.db'), { mustExist: true });
        const runtime = await createRuntime({ stores });
        const listening = await listen(runtime);
        servers.push(async () => {
          await listening.close();
          await runtime.close();
        });
        return cliIn(folder, { RUNCHART_SERVER: listening.url });
      },
    };
  };
  return () => cliIn(mkdtempSync(join(folders, 'case-')), {});
}

type Env = Readonly<Record<string, string>>;

/** The environment without what would change what is printed, or where a store is looked for. */
function plainEnv(): NodeJS.ProcessEnv {
  const { NO_COLOR: _, FORCE_COLOR: __, ...env } = process.env;
  for (const name of ['STORE', 'SERVER', 'TOKEN']) delete env[`RUNCHART_${name}`];
  return env;
}

/** The JSON lines that a command printed. */
export function linesOf<T>({ out }: Ended): T[] {
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}

function follow(child: ChildProcess): Started {
  let [out, err] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
  const { promise: ended, resolve } = Promise.withResolvers<Ended>();
  child.once('close', (code, signal) => resolve({ code, signal, out, err }));
  return { child, out: () => out, err: () => err, ended };
}

/** True when a process has ended, also where nobody has collected it yet. */
export function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    if (process.platform !== 'linux') return false;
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return true;
  }
}

/** A command whose first line is the id of a grandchild that would run for minutes. */
export const WITH_GRANDCHILD = ['sh', '-c', 'sleep 300 & echo $!; wait'] as const;

/** The id that such a command printed. */
export async function grandchildOf(started: Started): Promise<number> {
  await until('the grandchild told its id', () => /^\d+\n/.test(started.out()));
  return Number.parseInt(started.out(), 10);
}
