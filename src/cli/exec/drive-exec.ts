import type { Run, RunSnapshot, RunStatus } from '../../index.ts';
import { EXIT, errorLine } from '../cli-error.ts';
import type { CommandContext } from '../command.ts';
import { serverOf } from '../server-address.ts';
import { commandLine, withOwnStore, withStore } from '../store.ts';
import { createLiveView, type LiveView } from '../terminal/live-view.ts';
import type { Sink } from '../terminal/sink.ts';
import { paintStatus } from '../terminal/status-style.ts';
import { duration } from '../terminal/time.ts';
import { listenForEnd } from './ending.ts';
import { type ExecHooks, execRun, type ExecStart, execWork } from './exec-run.ts';
import { recordExec } from './record-exec.ts';

/** Starts a command as a run, shows it, and stays until it is over. Answers the exit code. */
export async function driveExec(context: CommandContext, start: ExecStart): Promise<number> {
  const { stdout, stderr, options, cwd, env } = context;
  const isJson = options['json'] === true;
  const startedAtMs = Date.now();
  const force = new AbortController();
  const ending = listenForEnd(stdout, force);
  const view = isJson ? NO_VIEW : createLiveView({ stdout, stderr, startedAtMs });
  const hooks = {
    onLine: view.line,
    onStatus: view.status,
    force: force.signal,
    place: { cwd, env },
  };
  try {
    return await withExec(context, start, hooks, async (run, ended) => {
      const printed = isJson ? printEvents(run, stdout) : undefined;
      const onFailure = (error: unknown): void =>
        void stderr.write(`${errorLine(error)}\n`).catch(() => undefined);
      ending.cancels(run, () => view.status('cancelling'), onFailure);
      // Until its work has ended: a cancelled run is over before its processes are.
      await ended();
      await view.end();
      const snapshot = await run.snapshot();
      if (snapshot.status in EXIT_CODES) await printed;
      if (!isJson) await summary(context, snapshot, Date.now() - startedAtMs);
      return EXIT_CODES[snapshot.status] ?? EXIT.failed;
    });
  } finally {
    ending.stop();
    await view.end();
  }
}

/** Starts the run: in a store of this machine, where a runtime drives it, or at a server. */
async function withExec<T>(
  context: CommandContext,
  start: ExecStart,
  hooks: ExecHooks,
  use: (run: Run, ended: () => Promise<void>) => Promise<T>,
): Promise<T> {
  if (serverOf(context) !== undefined) {
    return withStore(context, async (client) => {
      const { run, ended } = await recordExec(client, start, execWork(start.input, hooks));
      return use(run, () => ended);
    });
  }
  const definition = execRun(start.input, hooks);
  // Never runs of others: a command whose process died would be run again, in another folder and by another user.
  const work = { definitions: [definition], recovery: 'leave' } as const;
  return withOwnStore(context, work, async (runtime) =>
    use(await runtime.start(definition, start), () => runtime.drain()),
  );
}

const EXIT_CODES: Readonly<Partial<Record<RunStatus, number>>> = {
  completed: EXIT.ok,
  failed: EXIT.failed,
  cancelled: EXIT.cancelled,
};

const NO_VIEW: LiveView = {
  line: () => undefined,
  status: () => undefined,
  note: () => undefined,
  end: async () => undefined,
};

async function printEvents(run: Run, stdout: Sink): Promise<void> {
  try {
    for await (const envelope of run.events({ signal: stdout.closed })) {
      await stdout.write(`${JSON.stringify(envelope)}\n`);
    }
  } catch {
    // The reader went away; the run is cancelled for it.
  }
}

/** The last line: how it ended, how long it took, and what to look at next; before it what went wrong. */
async function summary(context: CommandContext, snapshot: RunSnapshot, ms: number): Promise<void> {
  const { stderr } = context;
  const { runId, status, error } = snapshot;
  const why = error === null ? '' : `${errorLine(error)}\n`;
  const head = paintStatus(stderr, status, `${status} in ${duration(ms)}`);
  const next = `next: ${commandLine(context, 'show', runId)}`;
  await stderr.write(`${why}${head}  ${next}\n`).catch(() => undefined);
}
