import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AnyDefinition, createRuntime, type Runtime } from 'runchart';
import { listen } from 'runchart/server';
import { sqlite } from 'runchart/sqlite';
import * as jobs from '../../examples/jobs/index.ts';
import { recordBigRun } from './big-run.ts';
import { loseProcess } from './lose-process.ts';
import { playRuns } from './play-runs.ts';

const HERE = fileURLToPath(new URL('../..', import.meta.url));
/** Events of the big run. */
const BIG = 100_000;

export interface DemoOptions {
  /** Where the store is, or is made. A store that is there is served as it is. */
  readonly folder: string;
  /** What the jobs read. Default: this repository. */
  readonly repository?: string;
  /** Default 0: one that is free. */
  readonly port?: number;
  /** Also a run of 100,000 events, or of so many. Default false. */
  readonly big?: boolean | number;
  /** Without runs: for tests that make their own. Default false. */
  readonly empty?: boolean;
  /** Besides the jobs. Default: none. */
  readonly definitions?: readonly AnyDefinition[];
}

/** Runs in every interesting state, and a server that shows them. */
export interface Demo extends AsyncDisposable {
  readonly runtime: Runtime;
  /** Of the server; the page is at `/inspect/` of it. */
  readonly url: string;
}

/**
 * Opens a store in a folder, plays the runs if it is new, and serves it. The ids of runs are always the same, so
 * that pictures and tests find them.
 */
export async function openDemo(options: DemoOptions): Promise<Demo> {
  const { folder, repository = HERE, port = 0, big = false, empty = false } = options;
  const { definitions = [] } = options;
  mkdirSync(folder, { recursive: true });
  const database = join(folder, 'runs.db');
  const isNew = !empty && !existsSync(database);
  const lockFile = join(folder, 'review-resumed.lock');
  if (isNew && big !== false) {
    await recordBigRun({ database, runId: 'big', events: big === true ? BIG : big, repository });
  }
  if (isNew) await loseProcess({ database, repository, lockFile });
  const runtime = await createRuntime({
    stores: sqlite(database),
    definitions: [...Object.values(jobs), ...definitions],
    stalledAfterMs: 3_000,
    limits: { eventsPerRun: Number.MAX_SAFE_INTEGER },
  });
  try {
    if (isNew) await playRuns(runtime, { repository, folder });
    if (isNew && big !== false) await runtime.claim('big');
    const { url, close } = await listen(runtime, { port, inspector: true });
    return {
      runtime,
      url,
      [Symbol.asyncDispose]: async () => {
        await close({ graceMs: 0 });
        await runtime.close({ graceMs: 0 });
      },
    };
  } catch (error) {
    await runtime.close({ graceMs: 0 });
    throw error;
  }
}
