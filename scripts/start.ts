/**
 * Runs the type check and the unit tests of this repository as one run of runchart, in the store
 * `.runchart/runs.db`, and shows how it goes: `npm start`.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT, errorLine } from '../src/cli/cli-error.ts';
import { listenForEnd } from '../src/cli/exec/ending.ts';
import { quietExperiments } from '../src/cli/quiet-experiments.ts';
import { createLiveView } from '../src/cli/terminal/live-view.ts';
import { createSink } from '../src/cli/terminal/sink.ts';
import { paintStatus } from '../src/cli/terminal/status-style.ts';
import { duration } from '../src/cli/terminal/time.ts';
import { createRuntime, type RunSnapshot } from '../src/index.ts';
import { sqlite } from '../src/stores/sqlite/index.ts';
import { selfCheckRun } from './self-check/self-check-run.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

quietExperiments();
const stdout = createSink(process.stdout);
const stderr = createSink(process.stderr);
const say = (text: string): void => void stdout.write(`${text}\n`).catch(() => undefined);
const complain = (error: unknown): void =>
  void stderr.write(`${errorLine(error)}\n`).catch(() => undefined);
process.exitCode = await start().catch((error: unknown) => {
  complain(error);
  return EXIT.failed;
});

async function start(): Promise<number> {
  const startedAtMs = Date.now();
  const force = new AbortController();
  const ending = listenForEnd(stdout, force);
  const view = createLiveView({ stdout, stderr, startedAtMs });
  const definition = selfCheckRun(ROOT, {
    onPhase: (phase) => {
      void view.line(phase, 'stdout');
      view.status(phase);
    },
    onLine: view.note,
    force: force.signal,
  });
  mkdirSync(join(ROOT, '.runchart'), { recursive: true });
  const runtime = await createRuntime({
    stores: sqlite(join(ROOT, '.runchart/runs.db')),
    definitions: [definition],
    onError: complain,
  });
  try {
    const run = await runtime.start(definition, {
      prompt: 'check the types and the tests of this repository',
      sessionId: 'self-check',
    });
    ending.cancels(run, () => view.status('cancelling'), complain);
    await runtime.drain();
    await view.end();
    const snapshot = await run.snapshot();
    report(snapshot, Date.now() - startedAtMs);
    if (snapshot.status === 'cancelled') return EXIT.cancelled;
    return snapshot.status === 'completed' ? EXIT.ok : EXIT.failed;
  } finally {
    ending.stop();
    await view.end();
    await runtime.close();
  }
}

function report({ runId, status, error, verification, eventCount }: RunSnapshot, ms: number): void {
  for (const { name, status: verdict, evidence } of verification?.checks ?? []) {
    const { summary = 'no report' } = (evidence ?? {}) as { readonly summary?: string };
    say(`${stdout.style(verdict === 'passed' ? 'green' : 'red', verdict)}  ${name}: ${summary}`);
  }
  if (error !== null) complain(error);
  const head = paintStatus(stdout, status, `${status} in ${duration(ms)}`);
  say(`${head}, ${eventCount} events kept in .runchart/runs.db as ${runId}`);
  // npx finds the bin of this package only once it is built.
  const isBuilt = existsSync(join(ROOT, 'dist/cli/main.js'));
  const runchart = isBuilt ? 'npx runchart' : 'node src/cli/main.ts';
  say('\nWhat to look at next:');
  say(`  ${runchart} ls                    every run of this store`);
  say(`  ${runchart} show @last            this run: its checks, its last output`);
  say(`  ${runchart} events @last          what happened, event by event`);
  say(`  ${runchart} diagram               the chart that every run follows`);
  say(`  ${runchart} exec -- COMMAND       a command of your own as a run`);
}
