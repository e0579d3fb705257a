import { type Signal, signal } from '@preact/signals';
import { isTerminal } from '../../../machines/index.ts';
import type { RunInfo } from '../../../runtime.ts';
import { runtime } from '../api.ts';
import { onChange } from '../changes.ts';
import { type Segment, segmentsOf } from './lanes.ts';

/** What is known of a session. */
export interface SessionListed {
  readonly runs: ReadonlyMap<string, RunInfo>;
  /** What the logs of runs told, of those that were read. */
  readonly segments: ReadonlyMap<string, readonly Segment[]>;
  /** Where the next page begins; null: that was all. */
  readonly cursor: string | null;
  readonly isAsking: boolean;
  /** Something was answered at least once. */
  readonly isKnown: boolean;
  readonly error: unknown;
}

const PAGE = 100;
/** How many runs are read again at once, after changes were missed. */
const MOST_AGAIN = 500;
/** Requests under way at once for what is beside the list. */
const AT_ONCE = 4;
/** A longer log is not read for the sake of a bar, in events. */
const LONGEST_LOG = 2_000;
/** Milliseconds in which changes are gathered before the view is drawn anew. */
const GATHER_MS = 150;

/** The runs of a session and their children, kept up to date as long as the view is open. */
export class SessionRuns {
  readonly listed: Signal<SessionListed> = signal({
    runs: new Map(),
    segments: new Map(),
    cursor: null,
    isAsking: true,
    isKnown: false,
    error: undefined,
  });
  readonly #sessionId: string;
  readonly #runs = new Map<string, RunInfo>();
  readonly #segments = new Map<string, readonly Segment[]>();
  /** What a run was when its log was read last. */
  readonly #read = new Map<string, string>();
  /** Runs that somebody has seen: their logs are read, and their children asked for. */
  readonly #seen = new Set<string>();
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #unlisten: () => void;
  readonly #closed = new AbortController();
  #working = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(sessionId: string) {
    this.#sessionId = sessionId;
    this.#unlisten = onChange((change) => {
      if (change.kind === 'missed') void this.again();
      else if (change.kind === 'gone') this.#drop(change.runId);
      else this.#changed(change.run);
    });
    void this.again();
  }

  close(): void {
    this.#closed.abort();
    clearTimeout(this.#timer);
    this.#unlisten();
  }

  /** Reads what is shown anew. */
  async again(): Promise<void> {
    const shown = [...this.#runs.values()].filter((run) => this.#isOurs(run)).length;
    await this.#ask(undefined, Math.min(MOST_AGAIN, Math.max(PAGE, shown)));
  }

  /** Adds one page of older runs. */
  async more(): Promise<void> {
    const { cursor, isAsking } = this.listed.peek();
    if (cursor !== null && !isAsking) await this.#ask(cursor, PAGE);
  }

  async #ask(cursor: string | undefined, limit: number): Promise<void> {
    this.#set({ isAsking: true });
    try {
      const sessionId = this.#sessionId;
      const page = await runtime.list({
        sessionId,
        limit,
        ...(cursor !== undefined && { cursor }),
      });
      if (this.#closed.signal.aborted) return;
      // A whole list tells what was deleted, too.
      if (cursor === undefined && page.nextCursor === null) this.#keepOnly(page.runs);
      for (const run of page.runs) this.#take(run);
      this.#set({ cursor: page.nextCursor, isAsking: false, isKnown: true, error: undefined });
    } catch (error) {
      if (!this.#closed.signal.aborted) this.#set({ isAsking: false, error });
    }
  }

  #isOurs({ snapshot }: RunInfo): boolean {
    return snapshot.sessionId === this.#sessionId;
  }

  #keepOnly(runs: readonly RunInfo[]): void {
    const ids = new Set(runs.map(({ snapshot }) => snapshot.runId));
    for (const [runId, run] of this.#runs)
      if (this.#isOurs(run) && !ids.has(runId)) this.#runs.delete(runId);
  }

  #changed(run: RunInfo): void {
    const { parentRunId } = run.snapshot;
    const isChild = parentRunId !== null && this.#runs.has(parentRunId);
    if (this.#isOurs(run) || isChild) this.#take(run);
  }

  #drop(runId: string): void {
    if (this.#runs.delete(runId)) this.#soon();
  }

  /** Reads the log of a run and asks for its children: for those that somebody sees. May be repeated. */
  lookInto(runId: string): void {
    if (this.#seen.has(runId)) return;
    this.#seen.add(runId);
    this.#later(() => this.#askChildren(runId));
    this.#later(() => this.#readLog(runId));
  }

  #take(run: RunInfo): void {
    const { runId } = run.snapshot;
    this.#runs.set(runId, run);
    this.#soon();
    if (this.#seen.has(runId) && this.#read.get(runId) !== stateOf(run))
      this.#later(() => this.#readLog(runId));
  }

  async #askChildren(parentRunId: string): Promise<void> {
    const page = await runtime.list({ parentRunId, limit: PAGE });
    for (const run of page.runs) this.#take(run);
  }

  async #readLog(runId: string): Promise<void> {
    const info = this.#runs.get(runId);
    if (info === undefined || info.snapshot.eventCount > LONGEST_LOG) return;
    if (this.#read.get(runId) === stateOf(info)) return;
    this.#read.set(runId, stateOf(info));
    const run = await runtime.get(runId);
    const log = [];
    const options = { live: false, signal: this.#closed.signal };
    for await (const envelope of run.events(options)) log.push(envelope);
    // The head of a log may be cut: then the list tells more.
    if (log[0]?.seq === 1) this.#segments.set(runId, segmentsOf(log));
    // An older answer MUST NOT hide what has happened since.
    else this.#segments.delete(runId);
    this.#soon();
  }

  /** One after the other, a few at once. What fails leaves a bar less exact. */
  #later(work: () => Promise<void>): void {
    this.#waiting.push(work);
    if (this.#working >= AT_ONCE) return;
    this.#working += 1;
    void this.#work().finally(() => (this.#working -= 1));
  }

  async #work(): Promise<void> {
    for (let work = this.#waiting.shift(); work !== undefined; work = this.#waiting.shift()) {
      if (this.#closed.signal.aborted) return;
      await work().catch(() => undefined);
    }
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#set({});
    }, GATHER_MS);
  }

  #set(changes: Partial<SessionListed>): void {
    this.listed.value = {
      ...this.listed.peek(),
      ...changes,
      runs: new Map(this.#runs),
      segments: this.#segments,
    };
  }
}

/** What bars are made of: a run that goes on in the same way needs no look into its log. */
function stateOf({ snapshot: { status, attempt, waiting } }: RunInfo): string {
  return JSON.stringify([status, attempt, waiting]);
}

/** What the log told of a run, as far as it is as new as what the list tells; undefined: the list tells more. */
export function segmentsAt(
  { segments }: SessionListed,
  { snapshot: { runId, status } }: RunInfo,
): readonly Segment[] | undefined {
  const known = segments.get(runId);
  const isOpen = known?.at(-1)?.toMs === null;
  return isOpen === isTerminal(status) ? undefined : known;
}
