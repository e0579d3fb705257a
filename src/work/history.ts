import { RunchartError } from '../errors.ts';
import type { Json } from '../json.ts';
import {
  type ForkSource,
  type RunEvent,
  type RunFailure,
  type TraceContext,
  traceOf,
} from '../machines/index.ts';
import { parseStored } from '../stored-json.ts';
import type { CheckpointRef, EventStore, StoredEvent } from '../stores/index.ts';

/** How something that the code asked for ended. */
export type Outcome =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly error: RunFailure };

/** What code can ask for. A sleep and a child are steps. */
export type EntryKind = 'step' | 'interrupt' | 'checkpoint' | 'output';

/** What is known of one thing that the code asked for. */
export interface Entry {
  readonly id: string;
  readonly kind: EntryKind;
  /** The step whose code asked for it; undefined for the definition's own code. */
  readonly within: string | undefined;
  /** Its place in the order in which things began; Infinity: in this attempt. */
  readonly startedAt: number;
  /** Its place in the order in which things ended; Infinity while it has not. */
  endedAt: number;
  outcome?: Outcome;
  /** Tries that failed. */
  tries: number;
  /** When the next try begins. */
  retryAtMs?: number;
  /** A sleep lasts, or an interrupt stays open, until that instant. */
  untilMs?: number;
}

/** What earlier attempts of a run, and the runs it was forked from, have left for the next one. */
export interface History {
  input: Json | undefined;
  inputs: readonly string[];
  plan: { readonly value: Json; readonly at: number } | undefined;
  readonly entries: Map<string, Entry>;
  /** The output that the code gave out under a key. */
  readonly outputs: Map<string, string>;
  lastCheckpoint: CheckpointRef | undefined;
  forkedFrom: ForkSource | undefined;
  /** Where the spans of the run belong. */
  trace: TraceContext | undefined;
  /**
   * Super-steps whose state was edited when a run was forked there, and the run that has it so: what
   * the code makes of the state by itself is not what it was.
   */
  readonly edited: Map<number, string>;
  /** Everything that was sent to the run, in order. */
  readonly signals: Json[];
  /** When each of them was. */
  readonly signalTimes: number[];
  /** What the machine of a definition decided since the last checkpoint, in order. */
  readonly decisions: RunEvent[];
  /** Attempts of this run before the present one that neither ended nor were let go. */
  crashes: number;
  /** An attempt has begun and is not known to have ended. */
  isOpen: boolean;
  /** The last `seq` of the run that was read. */
  lastSeq: number;
  /** Events read, those of sources too: what "before" and "after" go by. */
  events: number;
}

/** Events read in one go: about 1 MB of usual ones. */
const PAGE_EVENTS = 1000;

/** Reads what there is to remember for the next attempt of a run. */
export async function readHistory(
  store: Pick<EventStore, 'read'>,
  runId: string,
): Promise<History> {
  const history: History = {
    input: undefined,
    inputs: [],
    plan: undefined,
    entries: new Map(),
    outputs: new Map(),
    lastCheckpoint: undefined,
    forkedFrom: undefined,
    trace: undefined,
    edited: new Map(),
    signals: [],
    signalTimes: [],
    decisions: [],
    crashes: 0,
    isOpen: false,
    lastSeq: 0,
    events: 0,
  };
  await readRun(store, runId, history);
  return history;
}

/** A fork begins with what its source had logged up to the checkpoint, and so on back to the first run. */
async function readRun(
  store: Pick<EventStore, 'read'>,
  runId: string,
  history: History,
  until?: CheckpointRef,
): Promise<void> {
  for (let afterSeq = 0, hasMore = true; hasMore;) {
    const page = await store.read(runId, { afterSeq, limit: PAGE_EVENTS });
    if (page.firstSeq > 1) throw headless(runId, page.firstSeq);
    for (const stored of page.events) {
      const isForked =
        stored.type === 'run.created' && (await begin(store, runId, stored, history));
      history.events += 1;
      history.lastSeq = stored.seq;
      const reader = stored.late ? undefined : READERS.get(stored.type);
      reader?.(history, eventOf(runId, stored), stored);
      const isCheckpoint = isForked || stored.type === 'checkpoint.saved';
      if (isCheckpoint && isSame(history.lastCheckpoint, until)) return;
    }
    afterSeq = page.nextAfterSeq;
    hasMore = page.hasMore;
  }
  if (until !== undefined) {
    throw new RunchartError(
      'CHECKPOINT_NOT_FOUND',
      `The log of run ${runId} does not tell of checkpoint ${until.superStep}, version ${until.version}.`,
    );
  }
}

async function begin(
  store: Pick<EventStore, 'read'>,
  runId: string,
  stored: StoredEvent,
  history: History,
): Promise<boolean> {
  const created = eventOf(runId, stored);
  const { input, inputs, forkedFrom } = created;
  const source = forkedFrom as ForkSource | undefined;
  if (source !== undefined) {
    await readRun(store, source.runId, history, source);
    history.edited.set(source.superStep, runId);
    // The fork has that checkpoint as its own, with the edits.
    history.events += 1;
    save(history, { superStep: source.superStep, version: 1 });
  }
  // What the source had only begun, the fork begins anew.
  for (const [id, { endedAt }] of history.entries) {
    if (endedAt === Infinity) history.entries.delete(id);
  }
  history.input = input as Json | undefined;
  history.inputs = (inputs as readonly string[] | undefined) ?? [];
  history.forkedFrom = source;
  history.trace = traceOf(created);
  history.crashes = 0;
  history.isOpen = false;
  return source !== undefined;
}

function eventOf(runId: string, { seq, payload }: StoredEvent): RunEvent {
  return parseStored(payload, () => `event ${seq} of run ${runId}`);
}

function isSame(a: CheckpointRef | undefined, b: CheckpointRef | undefined): boolean {
  return a !== undefined && a.superStep === b?.superStep && a.version === b.version;
}

function headless(runId: string, firstSeq: number): RunchartError {
  return new RunchartError(
    'CHECKPOINT_NOT_FOUND',
    `The log of run ${runId} begins at seq ${firstSeq}: what was before is cut off, and cannot be gone on from.`,
  );
}

type Reader = (history: History, event: RunEvent, stored: StoredEvent) => void;

/** What each type of event adds. The others are not even parsed. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  [
    'attempt.started',
    (history) => {
      if (history.isOpen) history.crashes += 1;
      history.isOpen = true;
    },
  ],
  [
    'attempt.ended',
    (history) => {
      history.isOpen = false;
    },
  ],
  [
    'planning.completed',
    (history, { plan }) => {
      history.plan = { value: (plan ?? null) as Json, at: history.events };
    },
  ],
  [
    'step.started',
    (history, event) => {
      const entry = entryOf(history, 'step', event['stepId'], event['within']);
      if (typeof event['untilMs'] === 'number') entry.untilMs = event['untilMs'];
    },
  ],
  [
    'step.completed',
    (history, event) => {
      const entry = entryOf(history, 'step', event['stepId'], event['within']);
      end(history, entry, { ok: true, value: (event['result'] ?? null) as Json });
    },
  ],
  [
    'step.failed',
    (history, event) => {
      const entry = entryOf(history, 'step', event['stepId'], event['within']);
      entry.tries = Number(event['tries'] ?? entry.tries + 1);
      if (typeof event['retryAtMs'] === 'number') entry.retryAtMs = event['retryAtMs'];
      else end(history, entry, { ok: false, error: event['error'] as RunFailure });
    },
  ],
  [
    'interrupt.requested',
    (history, event) => {
      const entry = entryOf(history, 'interrupt', event['interruptId'], event['within']);
      if (typeof event['expiresAtMs'] === 'number') entry.untilMs = event['expiresAtMs'];
    },
  ],
  [
    'interrupt.resolved',
    (history, event) => {
      end(
        history,
        entryOf(history, 'interrupt', event['interruptId'], undefined),
        outcomeOf(event),
      );
    },
  ],
  [
    'checkpoint.saved',
    (history, { superStep, version }) =>
      save(history, { superStep: Number(superStep), version: Number(version) }),
  ],
  [
    'output.appended',
    (history, { key, outputId, within }) => {
      if (typeof key !== 'string') return;
      history.outputs.set(key, String(outputId));
      // What a step gives out belongs to the step.
      if (within !== undefined) return;
      const entry = entryOf(history, 'output', outputEntryId(key), undefined);
      end(history, entry, { ok: true, value: String(outputId) });
    },
  ],
  [
    'signal.received',
    (history, { signal }, { emittedAtMs }) => {
      history.signals.push((signal ?? null) as Json);
      history.signalTimes.push(emittedAtMs);
    },
  ],
  ['machine.transitioned', (history, event) => void history.decisions.push(event)],
  ['machine.ignored', (history, event) => void history.decisions.push(event)],
]);

/** Checkpoints are told apart by their number. */
export function checkpointId(superStep: number): string {
  return `checkpoint ${superStep}`;
}

/** Outputs are told apart by their keys. */
export function outputEntryId(key: string): string {
  return `output ${key}`;
}

/** What an answer to an interrupt means to the code that waits for it. */
export function outcomeOf({ outcome, value, interruptId }: RunEvent): Outcome {
  if (outcome === 'answered') return { ok: true, value: (value ?? null) as Json };
  const message = `Nobody answered interrupt ${String(interruptId)} in time.`;
  return { ok: false, error: { name: 'RunchartError', code: 'INTERRUPT_EXPIRED', message } };
}

function entryOf(history: History, kind: EntryKind, id: unknown, within: unknown): Entry {
  const key = String(id);
  const known = history.entries.get(key);
  if (known !== undefined) return known;
  const entry: Entry = {
    id: key,
    kind,
    within: typeof within === 'string' ? within : undefined,
    startedAt: history.events,
    endedAt: Infinity,
    tries: 0,
  };
  history.entries.set(key, entry);
  return entry;
}

function save(history: History, ref: CheckpointRef): void {
  const entry = entryOf(history, 'checkpoint', checkpointId(ref.superStep), undefined);
  end(history, entry, { ok: true, value: { ...ref } });
  history.lastCheckpoint = ref;
  history.decisions.length = 0;
}

function end(history: History, entry: Entry, outcome: Outcome): void {
  entry.endedAt = history.events;
  entry.outcome = outcome;
}
