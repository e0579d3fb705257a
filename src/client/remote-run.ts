import { RunchartError } from '../errors.ts';
import { toFailure } from '../failure.ts';
import type { FollowOptions } from '../actors/index.ts';
import type { Envelope, RunEvent, RunSnapshot, RunStatus } from '../machines/index.ts';
import type { Json } from '../json.ts';
import type { RunInterrupts } from '../run-interrupts.ts';
import { resultOf } from '../run-result.ts';
import type {
  CancelOptions,
  Receipt,
  RecordOptions,
  RepeatOptions,
  Run,
  RunCheckpoints,
} from '../run.ts';
import type { RunInfo } from '../runtime.ts';
import type { Checkpoint } from '../stores/index.ts';
import type { RunOutputs } from '../work/index.ts';
import { assertJson, type Caller, segment } from './caller.ts';
import { remoteOutputs } from './remote-outputs.ts';

const PAGE_EVENTS = 1_000;

/** A run of a server. */
export class RemoteRun<Result> implements Run<Result> {
  readonly id: string;
  readonly sessionId: string;
  readonly epoch: number | undefined;
  readonly #caller: Caller;
  readonly #path: string;

  constructor(
    caller: Caller,
    { runId, sessionId, epoch }: { runId: string; sessionId: string; epoch?: number | null },
  ) {
    this.id = runId;
    this.sessionId = sessionId;
    this.epoch = epoch ?? undefined;
    this.#caller = caller;
    this.#path = `/v1/runs/${segment(runId)}`;
  }

  get outputs(): RunOutputs {
    return remoteOutputs(this.#caller, this.id, this.epoch);
  }

  get checkpoints(): RunCheckpoints {
    const { get } = this.#caller;
    const path = `${this.#path}/checkpoints`;
    return {
      list: () => get(path),
      load: (superStep) => get(`${path}/${superStep}`),
      latest: async () => (await get<Checkpoint | null>(`${path}/latest`)) ?? undefined,
    };
  }

  get interrupts(): RunInterrupts {
    const path = `${this.#path}/interrupts`;
    return {
      list: () => this.#caller.get(path),
      resolve: async (id, token, value = null, options = {}) => {
        assertJson(value, 'INPUT_INVALID', `The answer to interrupt ${id}`);
        const answer = `${path}/${segment(id)}/answer`;
        await this.#caller.post(answer, { token, value }, options);
      },
    };
  }

  async snapshot(): Promise<RunSnapshot> {
    return (await this.#caller.get<RunInfo>(this.#path)).snapshot;
  }

  async status(): Promise<RunStatus> {
    return (await this.snapshot()).status;
  }

  async *events({ afterSeq = 0, live = true, signal }: FollowOptions = {}): AsyncGenerator<
    Envelope,
    void,
    void
  > {
    if (!Number.isSafeInteger(afterSeq) || afterSeq < 0) {
      throw new TypeError(`Expected afterSeq to be 0 or a positive integer, got ${afterSeq}`);
    }
    if (live) yield* this.#follow(afterSeq, signal);
    else yield* this.#stored(afterSeq, signal);
  }

  /** Whatever the connection repeats is told once: a `seq` tells what was there before. */
  async *#follow(afterSeq: number, signal?: AbortSignal): AsyncGenerator<Envelope, void, void> {
    let cursor = afterSeq;
    const messages = this.#caller.follow({
      path: `${this.#path}/events`,
      query: () => ({ after: cursor }),
      signal,
    });
    for await (const { event, data } of messages) {
      if (event === 'end' || signal?.aborted === true) return;
      if (event !== undefined) continue;
      const envelope = data as Envelope;
      if (envelope.seq <= cursor) continue;
      cursor = envelope.seq;
      yield envelope;
    }
  }

  async *#stored(afterSeq: number, signal?: AbortSignal): AsyncGenerator<Envelope, void, void> {
    const hasEnded = (): boolean => signal?.aborted === true;
    for (let after = afterSeq; !hasEnded();) {
      const query = { after, limit: PAGE_EVENTS };
      const page = await this.#caller.get<{ events: Envelope[]; nextAfter: number }>(
        `${this.#path}/events`,
        query,
      );
      for (const envelope of page.events) {
        if (hasEnded()) return;
        yield envelope;
      }
      if (page.events.length < PAGE_EVENTS) return;
      after = page.nextAfter;
    }
  }

  async record(event: RunEvent, options: RecordOptions = {}): Promise<Envelope> {
    const { expectedSeq, ...key } = options;
    assertSendable(this.id, event);
    return this.#asDriver('events', { event, expectedSeq }, key);
  }

  async send(signal: Json, { expectedSeq, ...key }: RecordOptions = {}): Promise<Envelope> {
    const body = { signal, expectedSeq };
    return this.#caller.post(`${this.#path}/signals`, body, { ...key, line: this.id });
  }

  async complete(result: Json = null, options: RepeatOptions = {}): Promise<Receipt> {
    return this.#asDriver('complete', { result }, options);
  }

  async fail(error: unknown, options: RepeatOptions = {}): Promise<Receipt> {
    return this.#asDriver('fail', { error: toFailure(error) }, options);
  }

  async cancel({ reason, ...key }: CancelOptions = {}): Promise<Receipt> {
    return this.#caller.post(`${this.#path}/cancel`, { reason }, { ...key, line: this.id });
  }

  async result({ signal }: { readonly signal?: AbortSignal } = {}): Promise<Result> {
    return (await resultOf(this, signal)) as Result;
  }

  #asDriver<T>(what: string, body: unknown, key: RepeatOptions): Promise<T> {
    const asDriver = { ...key, epoch: this.epoch, line: this.id };
    return this.#caller.post(`${this.#path}/${what}`, body, asDriver);
  }
}

/** Refuses what would arrive as something else, or not at all; whether it is an event the server says. */
function assertSendable(runId: string, event: unknown): void {
  let why: string | undefined;
  try {
    JSON.stringify(event);
    if (typeof event === 'object' && event !== null && 'toJSON' in event) why = 'it has a toJSON';
  } catch (error) {
    why = `it is not JSON (${String(error)})`;
  }
  if (why === undefined) return;
  throw new RunchartError('EVENT_INVALID', `Event refused for run ${runId}: ${why}.`);
}
