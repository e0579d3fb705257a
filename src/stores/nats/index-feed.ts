import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { Msg, MsgHdrs, NatsConnection, Subscription } from '@nats-io/transport-node';
import type { Journal } from './journal.ts';
import { HEAD, WRITE_ID } from './journal.ts';
import type { RunIndex } from './run-index.ts';
import { type GoneRun, headOf, headOfMessage, isGone, type RunHead } from './run-message.ts';
import type { Subjects } from './subjects.ts';

/** How many heads are asked for at once while the index is built. */
const PAGE = 2_000;
/** How long a page may take before the consumer is made anew, in milliseconds. */
const PAGE_LIMIT_MS = 5_000;
const TRIES = 5;
/** How long a message may be on its way before the stream is asked for it, in milliseconds. */
const PATIENCE_MS = 30;
/** How often it is looked for messages that nobody told of, as after a change of the leader, in milliseconds. */
const LOOK_MS = 1_000;

type OnChange = (runIds: readonly string[]) => void;

/**
 * Keeps the index up to date. The server tells of all that it has stored, on a subject of its own and not on that
 * of the stream, where one would also hear what it refuses. As it tells of every message, a sequence that is
 * missing shows; what was missed is read from the stream.
 */
export class IndexFeed {
  readonly #nc: NatsConnection;
  readonly #journal: Journal;
  readonly #subjects: Subjects;
  readonly #index: RunIndex;
  readonly #watchers = new Set<OnChange>();
  readonly #changed = new Set<string>();
  /** Messages that came although others are missing in front of them. */
  readonly #early = new Set<number>();
  readonly #runPrefix: string;
  /** Up to here nothing is missing. */
  #through = 0;
  #subscription: Subscription | undefined;
  #timer: NodeJS.Timeout | undefined;
  #filling: Promise<void> | undefined;
  #patience: NodeJS.Timeout | undefined;
  /** Appends of this process that failed: should one be stored yet, nobody here says so but the server. */
  #rewinds = 0;

  constructor(nc: NatsConnection, journal: Journal, subjects: Subjects, index: RunIndex) {
    this.#nc = nc;
    this.#journal = journal;
    this.#subjects = subjects;
    this.#index = index;
    this.#runPrefix = subjects.runs.slice(0, -1);
  }

  /** Builds the index. From then on it follows. */
  async open(stream: string): Promise<void> {
    const callback = (error: Error | null, message: Msg): void => {
      if (error === null) this.#hear(message);
    };
    this.#subscription = this.#nc.subscribe(this.#subjects.live, { callback });
    const loaded = await this.#load(stream);
    this.#through = Math.max(this.#through, loaded);
    await this.catchUp();
    this.#timer = setInterval(() => void this.catchUp().catch(() => undefined), LOOK_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#patience);
    this.#subscription?.unsubscribe();
    this.#watchers.clear();
  }

  /** When it resolves, the index knows all that was stored before the call, by anybody. */
  async catchUp(): Promise<void> {
    const { lastSeq } = await this.#journal.state();
    if (this.#through >= lastSeq) return;
    while (this.#through < lastSeq) await this.#fill(lastSeq);
  }

  watch(onChange: OnChange): () => void {
    // Each watch is one of its own, also of the same function.
    const watcher: OnChange = (runIds) => onChange(runIds);
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** What this process has stored itself: nobody here need be told. */
  applyOwn(head: RunHead | GoneRun): void {
    this.#index.apply(head);
  }

  /** What was read on the way. */
  applySeen(head: RunHead | GoneRun): void {
    if (this.#index.apply(head)) this.#tell(head);
  }

  /**
   * Takes in from `seq` on once more when it catches up next: an append of this process failed whose message may
   * have been heard of, and such are left to those who sent them. Those that are heard of from now on are not.
   */
  rewind(seq: number): void {
    this.#rewinds += 1;
    this.#through = Math.min(this.#through, seq);
  }

  #hear({ headers }: Msg): void {
    if (headers === undefined) return;
    const seq = Number(headers.get('Nats-Sequence'));
    if (seq <= this.#through) return;
    if (headers.get('Nats-Subject').startsWith(this.#runPrefix)) this.#hearOfRun(headers, seq);
    if (seq === this.#through + 1) {
      this.#through = seq;
      this.#advance();
      return;
    }
    // News are taken in as they come; what is kept for later is only that they were there.
    this.#early.add(seq);
    this.#fillSoon();
  }

  #hearOfRun(headers: MsgHdrs, seq: number): void {
    const isOwn = this.#isOwn(headers.get(WRITE_ID));
    if (isOwn && this.#rewinds === 0) return;
    this.#take(headOf(headers.get(HEAD) || undefined, seq), isOwn);
  }

  #isOwn(writeId: string | undefined): boolean {
    return writeId?.startsWith(this.#journal.writer) === true;
  }

  #take(head: RunHead | GoneRun | undefined, isOwn: boolean): void {
    if (head !== undefined && this.#index.apply(head) && !isOwn) this.#tell(head);
  }

  #advance(): void {
    if (this.#early.size === 0) return;
    while (this.#early.delete(this.#through + 1)) this.#through += 1;
  }

  #fillSoon(): void {
    if (this.#filling !== undefined || this.#patience !== undefined) return;
    const fill = (): void => {
      this.#patience = undefined;
      let upTo = 0;
      for (const seq of this.#early) upTo = Math.max(upTo, seq);
      if (this.#through < upTo) this.#fill(upTo).catch(() => undefined);
    };
    this.#patience = setTimeout(fill, PATIENCE_MS).unref();
  }

  /** Reads what is missing up to there. */
  #fill(upTo: number): Promise<void> {
    this.#filling ??= this.#read(upTo).finally(() => (this.#filling = undefined));
    return this.#filling;
  }

  async #read(upTo: number): Promise<void> {
    const rewinds = this.#rewinds;
    for await (const message of this.#journal.all(this.#subjects.runs, this.#through + 1)) {
      this.#take(headOfMessage(message), this.#isOwn(message.header(WRITE_ID)));
    }
    if (rewinds !== this.#rewinds) return;
    this.#through = Math.max(this.#through, upTo);
    for (const seq of this.#early) if (seq <= this.#through) this.#early.delete(seq);
    this.#advance();
  }

  #tell(head: RunHead | GoneRun): void {
    if (this.#watchers.size === 0) return;
    this.#changed.add(isGone(head) ? head.runId : head.run.runId);
    if (this.#changed.size > 1) return;
    setImmediate(() => {
      const runIds = [...this.#changed];
      this.#changed.clear();
      for (const watcher of this.#watchers) watcher(runIds);
    });
  }

  /** Takes in the last message of each run; answers a sequence up to which none is missing. */
  async #load(stream: string): Promise<number> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#loadOnce(stream);
      } catch (error) {
        if (tries === TRIES) throw error;
      }
    }
  }

  /**
   * Without bodies. A server that does not answer is asked again by a consumer of its own: one that was made may
   * have lost its leader.
   */
  async #loadOnce(stream: string): Promise<number> {
    const manager = await jetstreamManager(this.#nc, { checkAPI: false });
    const { name, num_pending: pending } = await manager.consumers.add(stream, {
      filter_subject: this.#subjects.runs,
      deliver_policy: DeliverPolicy.LastPerSubject,
      ack_policy: AckPolicy.None,
      headers_only: true,
      mem_storage: true,
      inactive_threshold: 30_000 * 1_000_000,
    });
    const consumer = await jetstream(this.#nc).consumers.get(stream, name);
    let last = 0;
    for (let left = pending; left > 0;) {
      const before = left;
      const page = await consumer.fetch({ max_messages: PAGE, expires: PAGE_LIMIT_MS });
      for await (const message of page) {
        left -= 1;
        last = message.seq;
        const head = headOf(message.headers?.get(HEAD) || undefined, message.seq);
        if (head !== undefined) this.#index.apply(head);
        if (left === 0) break;
      }
      if (left === before) throw new Error('the server does not send what it has');
    }
    void manager.consumers.delete(stream, name).catch(() => undefined);
    return last;
  }
}
