import { isRunchartError } from '../errors.ts';
import { isTerminal, parseSnapshot, type RunSnapshot } from '../machines/index.ts';
import type { EventStore, RunRecord } from '../stores/index.ts';
import { after } from './clock.ts';
import { isNeverBegun } from './never-begun.ts';
import { isLeftToChance, PAGE_RUNS, type Taking, takingOf, type TakingPort } from './taking.ts';

/** What becomes of runs whose owner died, or let them go: go on, fail them, or leave them as they are. */
export type RecoveryPolicy = 'resume' | 'fail' | 'leave';

export interface RecoveryPort extends TakingPort {
  readonly store: Pick<EventStore, 'due' | 'list' | 'owners' | 'isAlive' | 'capabilities'>;
  readonly policy: RecoveryPolicy;
  /** Names of the definitions that are registered here. */
  readonly definitions: readonly string[];
  /** True when the code registered here can go on with the run. */
  readonly canDrive: (snapshot: RunSnapshot) => boolean;
  /** Queues a run for being taken over and driven. Repeating it changes nothing. */
  readonly drive: (record: RunRecord) => void;
  /** Ends a run that its owner left behind. */
  readonly fail: (record: RunRecord) => Promise<void>;
  /** Milliseconds between two looks for owners that died, and for what was missed. */
  readonly sweepMs: number;
  /** A regular look begins. */
  readonly onTick: () => void;
  readonly onError: (error: unknown) => void;
  /** The code registered here cannot go on with a run that nobody drives. Called once per run. */
  readonly onLeft?: ((record: RunRecord, snapshot: RunSnapshot) => void) | undefined;
  /** A sweep has ended. `queued`: runs that it asked to be driven, or ended. */
  readonly onSwept?:
    | ((sweep: { readonly durationMs: number; readonly queued: number }) => void)
    | undefined;
}

/** So much of the time between two looks is left to chance, so that processes do not look in step. */
const JITTER = 0.2;
/** The least time between two looks, so that a burst of news costs one, in milliseconds. */
const PAUSE_MS = 20;

/**
 * Finds runs that nobody drives and that want to be driven: those whose owner died, those whose
 * instant has come, those that got what they waited for. It only ever asks for them to be driven; that
 * two processes find the same run is harmless, as the store lets one of them begin the attempt.
 */
export class Recovery {
  /** Ids of runs that were told of as damaged. */
  readonly #damaged = new Set<string>();
  /** Ids of runs that were told of as left alone. */
  readonly #left = new Set<string>();
  #queued = 0;
  readonly #port: RecoveryPort;
  #sweeping: Promise<void> | undefined;
  /** Resolves when the first sweep is done. */
  readonly #swept = Promise.withResolvers<void>();
  #again = false;
  /** The next sweep looks for owners that died as well. */
  #isRegular = false;
  /** More runs were due than there was room for. */
  #isCut = false;
  #pause: (() => void) | undefined;
  #endTick: () => void = () => {};
  #wake: { readonly atMs: number; readonly callOff: () => void } | undefined;
  #stopped = false;

  constructor(port: RecoveryPort) {
    this.#port = port;
  }

  /** Looks for the first time, and from then on by itself. Resolves when what was found is queued. */
  async start(): Promise<void> {
    if (this.#port.definitions.length === 0) return;
    this.#isRegular = true;
    const sweeping = this.#sweep();
    // Where others write all the time there is always one more sweep to make.
    await Promise.race([sweeping, this.#swept.promise]);
    sweeping.catch(this.#port.onError);
    if (this.#stopped) return;
    this.#tick();
  }

  /** Something may have become due. */
  poke(): void {
    const { definitions, isQueue } = this.#port;
    // Into a queue it was put by who made it due.
    if (this.#stopped || isQueue || definitions.length === 0 || this.#pause !== undefined) return;
    this.#pause = after(this.#port.clock, PAUSE_MS, () => {
      this.#pause = undefined;
      this.#look();
    });
  }

  /** A run that was driven here is driven no more: what there was no room for may be taken. */
  roomGotFree(): void {
    if (this.#isCut) this.poke();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#endTick();
    this.#pause?.();
    this.#wake?.callOff();
    // Whoever asked for it hears that it failed; here it would keep the rest from being let go.
    await this.#sweeping?.catch(() => {});
  }

  /** Looks again and again, which keeps no process alive. */
  #tick(): void {
    const { clock, sweepMs, onTick } = this.#port;
    const onTime = (): void => {
      onTick();
      this.#isRegular = true;
      this.#look();
      this.#tick();
    };
    const jitter = isLeftToChance(clock) ? (Math.random() - 0.5) * JITTER : 0;
    this.#endTick = after(clock, sweepMs * (1 + jitter), onTime, { keepsAlive: false });
  }

  #look(): void {
    this.#sweep().catch(this.#port.onError);
  }

  /** One sweep at a time; what is asked for meanwhile is one more. */
  #sweep(): Promise<void> {
    this.#again = true;
    this.#sweeping ??= this.#loop().finally(() => {
      this.#sweeping = undefined;
    });
    return this.#sweeping;
  }

  async #loop(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false;
      const startMs = performance.now();
      this.#queued = 0;
      const isRegular = this.#isRegular;
      this.#isRegular = false;
      const taking = takingOf(this.#port, () => this.#queued);
      if (isRegular && !taking.isFull()) await this.#orphans(taking);
      // What the dead left is asked for as soon as there is room.
      this.#isRegular ||= isRegular && taking.isFull();
      await this.#due(taking);
      this.#port.onSwept?.({ durationMs: performance.now() - startMs, queued: this.#queued });
      this.#swept.resolve();
    }
  }

  async #orphans(taking: Taking): Promise<void> {
    const { store, policy } = this.#port;
    if (policy === 'leave') return;
    for (const owner of await store.owners()) {
      if (await store.isAlive(owner)) continue;
      // Oldest first: runs of one session are gone on with in the order in which they came.
      for (const record of (await this.#runsOf(owner)).toReversed()) {
        if (!taking.wants(record)) continue;
        await this.#unlessDamaged(record, () => this.#take(record));
      }
      if (taking.isFull()) return;
    }
  }

  /** Without their snapshots there may be many. */
  async #runsOf(owner: string): Promise<RunRecord[]> {
    const runs: RunRecord[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const query = { owner, limit: PAGE_RUNS, ...(cursor !== undefined && { cursor }) };
      const page = await this.#port.store.list(query);
      runs.push(...page.runs);
      cursor = page.nextCursor;
    }
    return runs;
  }

  async #due(taking: Taking): Promise<void> {
    const { store, definitions, clock } = this.#port;
    const atMs = clock.now();
    this.#isCut = taking.isFull();
    for (
      let cursor: string | null | undefined;
      cursor !== null && !this.#isCut && !this.#stopped;
    ) {
      const query = {
        atMs,
        definitions,
        limit: taking.pageRuns,
        ...(cursor !== undefined && { cursor }),
      };
      const page = await store.due(query);
      for (const record of taking.ordered(page.runs)) {
        if (this.#isFresh(record, atMs) || !taking.wants(record)) continue;
        await this.#unlessDamaged(record, () => this.#takeDue(record));
      }
      this.#isCut = taking.isFull();
      cursor = page.nextCursor;
    }
    await this.#setAlarm();
  }

  async #takeDue(record: RunRecord): Promise<void> {
    const isLeft = isLeftBehind(parseSnapshot(record.snapshot));
    if (!isLeft || this.#port.policy !== 'leave') await this.#take(record);
  }

  /** What became due just now was put into the queue by who made it due. */
  #isFresh({ updatedAtMs, wakeAtMs }: RunRecord, nowMs: number): boolean {
    const { isQueue, sweepMs } = this.#port;
    return isQueue && wakeAtMs === 0 && nowMs - updatedAtMs < sweepMs;
  }

  /** Looks again when the next instant comes that a run waits for. */
  async #setAlarm(): Promise<void> {
    const { store, definitions, clock } = this.#port;
    const now = clock.now();
    // Whatever is due by now is queued; the first after that is what the alarm is for.
    const next = await nextInstant(store, definitions, now);
    if (this.#stopped || next === this.#wake?.atMs) return;
    this.#wake?.callOff();
    this.#wake =
      next === undefined
        ? undefined
        : { atMs: next, callOff: clock.at(next, () => this.#onAlarm()) };
  }

  #onAlarm(): void {
    this.#wake = undefined;
    this.#look();
  }

  /** A run whose record cannot be read is left alone, and told of once: the others go on. */
  async #unlessDamaged({ runId }: RunRecord, look: () => Promise<void>): Promise<void> {
    try {
      await look();
    } catch (error) {
      if (!isRunchartError(error, 'STORE_CORRUPT')) throw error;
      if (!this.#damaged.has(runId)) this.#port.onError(error);
      this.#damaged.add(runId);
    }
  }

  async #take(record: RunRecord): Promise<void> {
    const { policy, canDrive, drive, fail } = this.#port;
    const snapshot = parseSnapshot(record.snapshot);
    if (isTerminal(snapshot.status)) return;
    if (!canDrive(snapshot)) return this.#leave(record, snapshot);
    this.#queued += 1;
    if (policy === 'fail' && isLeftBehind(snapshot)) await fail(record);
    else drive(record);
  }

  #leave(record: RunRecord, snapshot: RunSnapshot): void {
    if (this.#port.onLeft === undefined || this.#left.has(record.runId)) return;
    this.#left.add(record.runId);
    this.#port.onLeft(record, snapshot);
  }
}

/** Not one that waited for something that has come, nor one that nobody has begun. */
function isLeftBehind(run: RunSnapshot): boolean {
  return run.waiting?.parked !== 'waiting' && !isNeverBegun(run);
}

async function nextInstant(
  store: Pick<EventStore, 'due'>,
  definitions: readonly string[],
  now: number,
): Promise<number | undefined> {
  const query = { atMs: Number.MAX_SAFE_INTEGER, definitions, afterMs: now, limit: 1 };
  const { runs } = await store.due(query);
  return runs[0]?.wakeAtMs ?? undefined;
}
