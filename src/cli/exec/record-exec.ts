import {
  type Check,
  type Run,
  RunchartError,
  type Runtime,
  type VerifyContext,
} from '../../index.ts';
import { EXEC_DEFINITION, type ExecContext, type ExecStart, type ExecWork } from './exec-run.ts';

/** A command that runs here and is recorded elsewhere. */
export interface RecordedExec {
  readonly run: Run;
  /** Resolves when the run is over and its processes have ended; rejects when its end could not be recorded. */
  readonly ended: Promise<void>;
}

/**
 * Opens a run at a server and drives it by hand, as a runtime would by its definition. Nobody goes on
 * with it when this process dies: to the server it is driven until somebody cancels it.
 */
export async function recordExec(
  client: Runtime,
  { input, prompt, sessionId }: ExecStart,
  work: ExecWork,
): Promise<RecordedExec> {
  const run = await client.open({
    definition: EXEC_DEFINITION,
    requireVerification: work.verify !== undefined,
    ...(prompt !== undefined && { prompt }),
    ...(sessionId !== undefined && { sessionId }),
  });
  return { run, ended: drive(run, input, work) };
}

async function drive(run: Run, input: ExecContext['input'], work: ExecWork): Promise<void> {
  const over = new AbortController();
  const watching = new AbortController();
  void abortAtEnd(run, over, watching.signal);
  const { signal } = over;
  const context = {
    input,
    signal,
    outputs: run.outputs,
    emit: async (event: Parameters<Run['record']>[0]) => (await run.record(event)).seq,
  };
  try {
    await run.record({ type: 'run.started' });
    const result = await work.execute(context);
    if (work.verify !== undefined && !signal.aborted) {
      await run.record({ type: 'verification.started' });
      const checks: Check[] = [];
      await work.verify({ ...context, result, check: checkInto(checks) });
      await run.record({ type: 'verification.reported', checks });
      assertPassed(run, checks);
    }
    await run.complete(result);
  } catch (error) {
    // What is over stays as it is; anything else is why it failed.
    if (!signal.aborted) await run.fail(error);
  } finally {
    watching.abort();
  }
}

/** Aborts `over` when somebody else ends the run. Without a connection nothing can be heard: the next record finds out. */
async function abortAtEnd(run: Run, over: AbortController, signal: AbortSignal): Promise<void> {
  try {
    const end = run.events({ signal });
    while ((await end.next()).done !== true);
    if (!signal.aborted) over.abort(new Error('somebody else has ended the run'));
  } catch {
    // As above.
  }
}

function checkInto(checks: Check[]): VerifyContext<unknown, unknown, unknown>['check'] {
  return (name, outcome, options = {}) => {
    const status = typeof outcome === 'string' ? outcome : outcome ? 'passed' : 'failed';
    checks.push({ required: true, ...options, name, status });
  };
}

function assertPassed({ id }: Run, checks: readonly Check[]): void {
  const open = checks.filter(({ status }) => status !== 'passed');
  if (open.length === 0) return;
  const names = open.map(({ name, status }) => `${name}: ${status}`).join(', ');
  throw new RunchartError('VERIFICATION_FAILED', `Run ${id} was not verified: failed (${names}).`);
}
