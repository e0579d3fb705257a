import type { Clock, Supervisor } from './actors/index.ts';
import { checkPace, checkSpan } from './check-input.ts';
import { DEFAULT_PAGE } from './defaults.ts';
import { type Explanation, explainRun } from './explain-run.ts';
import { ACTIVE_STATUSES, parseSnapshot, RUN_STATUSES } from './machines/index.ts';
import type { RegisteredDefinitions } from './registered-definitions.ts';
import { tellChanges } from './run-changes.ts';
import { aliveOnce, type InfoPort, infoOf, leftRuns, whyLeft } from './run-info.ts';
import { hasText, needsAttention, searchRuns } from './run-search.ts';
import type {
  ChangesOptions,
  CountOptions,
  ListOptions,
  RunChange,
  RunCounts,
  RunInfo,
  RunList,
  RuntimeReport,
} from './runtime.ts';
import { turnBefore, turnText } from './session-turn.ts';
import { SharedInfos } from './shared-infos.ts';
import type { RunRecord, Stores } from './stores/index.ts';
import {
  type Verification,
  verifyAll,
  verifyRun,
  type VerifyOptions,
} from './verification/index.ts';

export interface RunViewsPort {
  readonly supervisor: Supervisor;
  readonly stores: Stores;
  readonly clock: Clock;
  readonly stalledAfterMs: number;
  readonly definitions: RegisteredDefinitions;
}

/** What a runtime tells of its runs. Changes nothing. */
export class RunViews {
  readonly #port: RunViewsPort;
  readonly #shared: SharedInfos;

  constructor(port: RunViewsPort) {
    const { supervisor, clock } = port;
    this.#port = port;
    this.#shared = new SharedInfos(clock, () => {
      const infoPort = this.#infoPort();
      return async (runId) => infoOf(await supervisor.record(runId), infoPort);
    });
    supervisor.feed.changed.listen((runIds) => this.#shared.forget(runIds));
  }

  async list(options: ListOptions = {}): Promise<RunList> {
    this.#port.supervisor.assertOpen();
    const {
      status,
      limit = DEFAULT_PAGE,
      text = '',
      needsAttention: isUrgent,
      ...filter
    } = options;
    checkSpan(filter);
    const { events } = this.#port.stores;
    const port = this.#infoPort();
    const wanted = status === undefined ? undefined : [status].flat();
    const isSearch = text !== '' || isUrgent === true;
    // What is no number to count to is refused by the store.
    if (!isSearch || !(limit >= 1)) {
      const page = await events.list({ ...filter, ...(wanted && { statuses: wanted }), limit });
      const runs = await Promise.all(page.runs.map((record) => infoOf(record, port)));
      return { runs, nextCursor: page.nextCursor };
    }
    const active = ACTIVE_STATUSES.filter((one) => wanted?.includes(one) ?? true);
    const statuses = isUrgent === true ? active : wanted;
    const found = async (record: RunRecord): Promise<RunInfo | undefined> => {
      if (text !== '' && !hasText(parseSnapshot(record.snapshot), text)) return undefined;
      const info = await infoOf(record, port);
      return isUrgent !== true || needsAttention(info) ? info : undefined;
    };
    return searchRuns({ events, found }, { ...filter, ...(statuses && { statuses }), limit });
  }

  async counts({ sessionId, definition }: CountOptions = {}): Promise<RunCounts> {
    this.#port.supervisor.assertOpen();
    const counted = await this.#port.stores.events.countByStatus({
      ...(sessionId !== undefined && { sessionId }),
      ...(definition !== undefined && { definition }),
    });
    const counts = RUN_STATUSES.map((status) => [status, counted[status] ?? 0]);
    return Object.fromEntries(counts) as RunCounts;
  }

  changes({ signal, paceMs = 0 }: ChangesOptions = {}): AsyncGenerator<RunChange, void, void> {
    const { supervisor } = this.#port;
    supervisor.assertOpen();
    checkPace(paceMs);
    const changed = supervisor.feed.changed.follow({ signal, paceMs });
    return tellChanges(changed, (runId) => this.#shared.of(runId));
  }

  async info(runId: string): Promise<RunInfo> {
    return infoOf(await this.#port.supervisor.record(runId), this.#infoPort());
  }

  async verify(runId: string, options?: VerifyOptions): Promise<Verification> {
    const { stores, supervisor } = this.#port;
    return verifyRun(stores, await supervisor.record(runId), options);
  }

  verifyAll(options?: VerifyOptions): AsyncGenerator<Verification, void, void> {
    this.#port.supervisor.assertOpen();
    return verifyAll(this.#port.stores, options);
  }

  async explain(runId: string): Promise<Explanation> {
    const { stores, supervisor } = this.#port;
    const explanation = await explainRun(stores.events, await supervisor.record(runId));
    const before = await turnBefore(stores.events, explanation.snapshot);
    if (before === undefined) return explanation;
    const turn = `its turn in its session: run ${before}, which is older, is not over`;
    return { ...explanation, waitsFor: [turn] };
  }

  async diagnose(): Promise<RuntimeReport> {
    const { stores, definitions, clock } = this.#port;
    const why = async (info: RunInfo): Promise<string | undefined> => {
      const reason = whyLeft(info, definitions, clock.now());
      return reason && reason + (await turnText(stores.events, info.snapshot));
    };
    const abandoned = await leftRuns(this, why);
    return { ...(await stores.diagnose()), location: stores.location, abandoned };
  }

  #infoPort(): InfoPort {
    const { stores, clock, stalledAfterMs } = this.#port;
    return { clock, stalledAfterMs, isAlive: aliveOnce(stores) };
  }
}
