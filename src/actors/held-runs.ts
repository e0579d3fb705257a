import { isTerminal, parseSnapshot } from '../machines/index.ts';
import type { EventStore, RunRecord } from '../stores/index.ts';
import { after, type Clock } from './clock.ts';
import type { DispatchJob } from './dispatch.ts';
import type { Queued } from './queued-runs.ts';

/** A run that was to be driven here, and as what it was queued. */
export interface HeldRun {
  readonly job: DispatchJob;
  readonly queued: Queued;
}

export interface HeldRunsPort {
  readonly store: Pick<EventStore, 'get'>;
  readonly clock: Clock;
  /** Queues a run again: it may be its turn now. */
  readonly again: (run: HeldRun) => void;
  readonly onError: (error: unknown) => void;
}

/** A session in which it is the turn of a run that is not driven here. */
interface HeldSession {
  readonly sessionId: string;
  /** Whose turn it is. */
  readonly byRunId: string;
  /** How often it was left as it is by `refresh`. */
  age: number;
  /** In the order in which they were to be driven. */
  readonly runs: Map<string, HeldRun>;
  /** Calls off the look that comes. */
  callOff: (() => void) | undefined;
}

/** The least time between two looks whether a turn is over: its run may write often, in milliseconds. */
const LOOK_MS = 20;
/** Refreshes after which the turn is asked for anew, should word of its end ever be lost. */
const MAX_AGE = 30;

/**
 * Runs that cannot begin, as an older run of their session is not over. They take no place here, and nobody
 * asks for them, until that run is: the turn is looked at again when something happens to it.
 */
export class HeldRuns {
  readonly #port: HeldRunsPort;
  readonly #bySession = new Map<string, HeldSession>();
  readonly #byRun = new Map<string, HeldSession>();
  #isStopped = false;

  constructor(port: HeldRunsPort) {
    this.#port = port;
  }

  /** It is the turn of `by`, as the store has just said. */
  hold(run: HeldRun, by: string): void {
    if (this.#isStopped) return;
    const { runId, sessionId } = run.job;
    const known = this.#bySession.get(sessionId);
    const session = known?.byRunId === by ? known : this.#begin(sessionId, by, known);
    session.runs.set(runId, run);
    // It may have ended before it was known here that anybody waits for it.
    if (session !== known) this.changed(by);
  }

  /** Whose turn it is, if that is known and it is not this run's own. */
  holderOf({ runId, sessionId }: Pick<RunRecord, 'runId' | 'sessionId'>): string | undefined {
    const session = this.#bySession.get(sessionId);
    return session === undefined || session.byRunId === runId ? undefined : session.byRunId;
  }

  /** Something happened to a run whose turn it may be. */
  changed(runId: string): void {
    const session = this.#byRun.get(runId);
    if (session === undefined || session.callOff !== undefined) return;
    session.callOff = after(this.#port.clock, LOOK_MS, () => {
      session.callOff = undefined;
      this.#look(session).catch(this.#port.onError);
    });
  }

  /** A run is over. */
  over(runId: string): void {
    const session = this.#byRun.get(runId);
    if (session !== undefined) this.#release(session);
  }

  /** Called at every sweep: has turns asked for anew that have lasted long. */
  refresh(): void {
    for (const session of this.#bySession.values()) {
      session.age += 1;
      if (session.age > MAX_AGE) this.#release(session);
    }
  }

  stop(): void {
    this.#isStopped = true;
    for (const { callOff } of this.#bySession.values()) callOff?.();
    this.#bySession.clear();
    this.#byRun.clear();
  }

  #begin(sessionId: string, byRunId: string, known: HeldSession | undefined): HeldSession {
    if (known !== undefined) this.#forget(known);
    const runs = known?.runs ?? new Map<string, HeldRun>();
    const session = { sessionId, byRunId, age: 0, runs, callOff: undefined };
    this.#bySession.set(sessionId, session);
    this.#byRun.set(byRunId, session);
    return session;
  }

  async #look(session: HeldSession): Promise<void> {
    const record = await this.#port.store.get(session.byRunId);
    if (this.#isStopped || this.#byRun.get(session.byRunId) !== session) return;
    const isOver = record === undefined || isTerminal(parseSnapshot(record.snapshot).status);
    if (isOver) this.#release(session);
  }

  #release(session: HeldSession): void {
    this.#forget(session);
    for (const run of session.runs.values()) this.#port.again(run);
  }

  #forget(session: HeldSession): void {
    session.callOff?.();
    this.#bySession.delete(session.sessionId);
    this.#byRun.delete(session.byRunId);
  }
}
