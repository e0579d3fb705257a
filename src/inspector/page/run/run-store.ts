import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { RunSnapshot } from '../../../machines/index.ts';
import type { RunInfo } from '../../../runtime.ts';
import type { Run } from '../../../run.ts';
import { isMissing, runtime } from '../api.ts';
import { onChange } from '../changes.ts';
import { query, show } from '../location.ts';
import { LogModel } from './log-model.ts';

/** The moment of the log that the whole page shows. */
export interface Moment {
  /** The last event that has happened by then; 0: none has. */
  readonly seq: number;
  readonly snapshot: RunSnapshot | undefined;
  /** Epoch milliseconds of that event. */
  readonly atMs: number;
  /** The page follows the run: a new event moves the moment. */
  readonly isLive: boolean;
}

/** Where the page is with reading the log. */
export type Reading = 'reading' | 'read' | 'missing' | 'failed';

const BATCH = 500;
/** While a long log is read the page is shown anew so often, in milliseconds. */
const TOLD_MS = 200;
/** Milliseconds after which a moment that was scrubbed to stands in the address; browsers refuse more often. */
const ADDRESS_MS = 300;

/** One run as the page knows it: what the server says now, its log, and the moment that is looked at. */
export class RunStore {
  readonly runId: string;
  readonly info: Signal<RunInfo | undefined> = signal(undefined);
  readonly reading: Signal<Reading> = signal('reading');
  readonly error: Signal<unknown> = signal(undefined);
  /** Grows when the log does: whoever shows something of the model reads it, to be shown anew. */
  readonly version = signal(0);
  /** The moment that was chosen; null: the last one, whatever comes. */
  readonly chosenSeq: Signal<number | null>;
  readonly moment: ReadonlySignal<Moment>;
  /** The run itself, for asking and commanding. */
  readonly run: Promise<Run>;
  #model = new LogModel();
  #reading: Promise<void> | undefined;
  #isAgain = false;
  #toldMs = 0;
  readonly #unlisten: () => void;
  readonly #closed = new AbortController();
  #addressTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(runId: string) {
    this.runId = runId;
    const asked = Number(query.peek().get('seq') ?? Number.NaN);
    this.chosenSeq = signal(Number.isSafeInteger(asked) && asked >= 0 ? asked : null);
    this.moment = computed(() => {
      void this.version.value;
      return this.#momentAt(this.chosenSeq.value);
    });
    this.run = runtime.get(runId);
    this.run.catch(() => undefined);
    this.#unlisten = onChange((change) => {
      if (change.kind === 'missed') void this.refresh();
      else if (change.kind === 'gone' && change.runId === runId) this.reading.value = 'missing';
      else if (change.kind === 'changed' && change.run.snapshot.runId === runId) {
        this.info.value = change.run;
        void this.#catchUp();
      }
    });
    void this.refresh();
  }

  get model(): LogModel {
    return this.#model;
  }

  /** The last `seq` that there is to show. */
  get lastSeq(): number {
    return this.#model.lastSeq;
  }

  close(): void {
    this.#unlisten();
    this.#closed.abort();
    clearTimeout(this.#addressTimer);
  }

  /** Looks at a moment; null goes back to what happens now. */
  goTo(seq: number | null): void {
    const last = this.lastSeq;
    const first = this.#model.firstSeq;
    const next = seq === null ? null : Math.max(first, Math.min(last, Math.round(seq)));
    this.chosenSeq.value = next;
    clearTimeout(this.#addressTimer);
    this.#addressTimer = setTimeout(() => show({ seq: next ?? undefined }), ADDRESS_MS);
  }

  /** Asks for the run and what its log has gained. */
  async refresh(): Promise<void> {
    try {
      this.info.value = await runtime.info(this.runId);
      await this.#catchUp();
    } catch (error) {
      this.#failed(error);
    }
  }

  #momentAt(chosen: number | null): Moment {
    const model = this.#model;
    const seq = Math.min(chosen ?? model.lastSeq, model.lastSeq);
    const isLive = chosen === null;
    // While the log is being read the server's word on the run is newer than ours.
    const snapshot =
      isLive && this.reading.value === 'reading'
        ? (this.info.value?.snapshot ?? model.at(seq))
        : (model.at(seq) ?? this.info.value?.snapshot);
    return {
      seq,
      snapshot,
      atMs: model.event(seq)?.emittedAtMs ?? snapshot?.createdAtMs ?? 0,
      isLive,
    };
  }

  /** One reader at a time; what is asked for meanwhile is one more round. */
  #catchUp(): Promise<void> {
    this.#isAgain = true;
    this.#reading ??= this.#read()
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        this.#reading = undefined;
      });
    return this.#reading;
  }

  async #read(): Promise<void> {
    const run = await this.run;
    while (this.#isAgain && !this.#closed.signal.aborted) {
      this.#isAgain = false;
      let batch = [];
      const options = { afterSeq: this.lastSeq, live: false, signal: this.#closed.signal };
      for await (const envelope of run.events(options)) {
        // The head was cut: what it came to stands in the snapshot that is now, as far as that can be told.
        if (this.#model.lastSeq === 0 && batch.length === 0 && envelope.seq > 1) {
          this.#model = new LogModel(await this.#baseOf(envelope.seq - 1));
        }
        batch.push(envelope);
        if (batch.length < BATCH) continue;
        this.#take(batch);
        batch = [];
        await frame();
      }
      this.#take(batch);
    }
    if (this.#closed.signal.aborted) return;
    this.reading.value = 'read';
    this.error.value = undefined;
    this.version.value += 1;
  }

  #take(batch: Parameters<LogModel['add']>[0]): void {
    if (batch.length === 0) return;
    this.#model.add(batch);
    const nowMs = performance.now();
    if (nowMs - this.#toldMs < TOLD_MS) return;
    this.#toldMs = nowMs;
    this.version.value += 1;
  }

  /** What the log builds on, from its explanation: the status that its first move leaves. */
  async #baseOf(eventCount: number): Promise<RunSnapshot> {
    const { path, snapshot } = await runtime.explain(this.runId);
    const status = path[0]?.from ?? snapshot.status;
    return { ...snapshot, ...UNTOLD, status, eventCount };
  }

  #failed(error: unknown): void {
    if (this.#closed.signal.aborted) return;
    if (isMissing(error)) this.reading.value = 'missing';
    else {
      this.error.value = error;
      if (this.reading.value === 'reading') this.reading.value = 'failed';
    }
  }
}

/** What a cut log does not tell of the time before it. */
const UNTOLD = {
  result: null,
  error: null,
  cancelReason: null,
  verification: null,
  waiting: null,
  lateCount: 0,
} as const;

/** Lets the page be drawn between two batches. */
function frame(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
