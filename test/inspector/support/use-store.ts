import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { createRuntime, type Run, type Runtime } from '../../../src/index.ts';
import { sqlite } from '../../../src/stores/sqlite/index.ts';
import { problemOfBuild } from '../../support/built.ts';
import { type Chromium, launchChromium } from './chromium.ts';
import { problemOfPage } from './use-inspector.ts';

/** A store with somebody who writes to it, whoever serves it, and a browser. */
export interface WrittenStore {
  readonly database: string;
  /** Of this process, which goes on when a server dies. */
  readonly runtime: Runtime;
  readonly browser: Chromium;
}

/** For a file of tests: one store and one browser for all of them. Servers are theirs. */
export function useStore(): WrittenStore {
  let folder = '';
  let runtime: Runtime;
  let browser: Chromium;
  const database = (): string => join(folder, 'runs.db');

  beforeAll(async () => {
    const problem = problemOfPage() ?? problemOfBuild();
    if (problem !== undefined) throw new Error(problem);
    folder = await mkdtemp(join(tmpdir(), 'runchart-served-'));
    runtime = await createRuntime({ stores: sqlite(database()) });
    browser = await launchChromium();
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await runtime?.close({ graceMs: 0 });
    if (folder !== '') await rm(folder, { recursive: true, force: true });
  });

  return {
    get database() {
      return database();
    },
    get runtime() {
      return runtime;
    },
    get browser() {
      return browser;
    },
  };
}

/** A run that is recorded by hand, with so many notes in its log after its first two events. */
export async function notedRun(runtime: Runtime, runId: string, notes: number): Promise<Run> {
  const run = await runtime.open({ runId, prompt: `The notes of ${runId}` });
  await run.record({ type: 'run.started' });
  await takeNotes(run, 'before', notes);
  return run;
}

export async function takeNotes(run: Run, when: string, notes: number): Promise<void> {
  for (let n = 1; n <= notes; n += 1) {
    await run.record({ type: 'log', level: 'info', message: `${when} ${n}` });
  }
}
