import type { Envelope, Explanation, RunSnapshot, RunStatus } from '../../index.ts';
import { foldEvent, isTerminal } from '../../machines/index.ts';
import { createRunSpans, type RunSpans } from './run-spans.ts';

/** Events and outputs that are kept: more than any terminal shows. */
const MAX_LAST = 100;

/** A status on the way of a run, and when it came to it; null where that is not known any more. */
export interface PathMark {
  readonly status: RunStatus;
  readonly atMs: number | null;
}

/** What there is to tell of a run, in memory that is bounded however long its log is. */
export interface RunStory {
  add(envelope: Envelope): void;
  /** The fold of what was added; undefined before the first event. */
  readonly snapshot: RunSnapshot | undefined;
  readonly path: readonly PathMark[];
  readonly spans: Pick<RunSpans, 'all' | 'dropped'>;
  readonly lastEvents: readonly Envelope[];
  /** Ids of the last outputs. */
  readonly lastOutputs: readonly string[];
  /** Of the event that ended the run; null while it goes on, and where its log has lost it. */
  readonly endedAtMs: number | null;
}

/**
 * Folds a log as it comes. Where that does not begin with the first event, `base` says what became of the
 * run until then: its path is known, but not its times.
 */
export function createRunStory(base?: Explanation): RunStory {
  let snapshot: RunSnapshot | undefined = base?.snapshot;
  const path: PathMark[] = (base?.path ?? []).map(({ to }) => ({ status: to, atMs: null }));
  const spans = createRunSpans();
  const lastEvents: Envelope[] = [];
  const lastOutputs: string[] = [];
  let endedAtMs: number | null = null;

  return {
    add: (envelope) => {
      const { event, seq, emittedAtMs, late } = envelope;
      spans.add(envelope);
      push(lastEvents, envelope);
      if (event.type === 'output.appended' && typeof event['outputId'] === 'string') {
        push(lastOutputs, event['outputId']);
      }
      if (!late && TERMINAL_TYPES.has(event.type)) endedAtMs = emittedAtMs;
      if (seq !== (snapshot?.eventCount ?? 0) + 1) return;
      const before = snapshot?.status;
      snapshot = foldEvent(snapshot, envelope);
      if (snapshot.status !== before) path.push({ status: snapshot.status, atMs: emittedAtMs });
    },
    get snapshot() {
      return snapshot;
    },
    path,
    spans,
    lastEvents,
    lastOutputs,
    get endedAtMs() {
      return snapshot !== undefined && isTerminal(snapshot.status) ? endedAtMs : null;
    },
  };
}

const TERMINAL_TYPES: ReadonlySet<string> = new Set([
  'run.completed',
  'run.failed',
  'run.cancelled',
]);

function push<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > MAX_LAST) list.shift();
}
