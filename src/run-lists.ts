import type { Clock, Supervisor } from './actors/index.ts';
import { checkPace } from './check-input.ts';
import { DEFAULT_PAGE } from './defaults.ts';
import type { RegisteredDefinitions } from './registered-definitions.ts';
import { tellChanges } from './run-changes.ts';
import { aliveOnce, type InfoPort, infoOf, leftRuns, whyLeft } from './run-info.ts';
import type {
  ChangesOptions,
  ListOptions,
  RunChange,
  RunInfo,
  RunList,
  RuntimeReport,
} from './runtime.ts';
import type { Stores } from './stores/index.ts';

export interface RunListsPort {
  readonly supervisor: Supervisor;
  readonly stores: Stores;
  readonly clock: Clock;
  readonly stalledAfterMs: number;
  readonly definitions: RegisteredDefinitions;
}

/** Looks at many runs at once. Changes nothing. */
export class RunLists {
  readonly #port: RunListsPort;

  constructor(port: RunListsPort) {
    this.#port = port;
  }

  async list({ status, limit = DEFAULT_PAGE, ...filter }: ListOptions = {}): Promise<RunList> {
    this.#port.supervisor.assertOpen();
    const statuses = status === undefined ? {} : { statuses: [status].flat() };
    const page = await this.#port.stores.events.list({ ...filter, ...statuses, limit });
    const port = this.#infoPort();
    const runs = await Promise.all(page.runs.map((record) => infoOf(record, port)));
    return { runs, nextCursor: page.nextCursor };
  }

  changes({ signal, paceMs = 0 }: ChangesOptions = {}): AsyncGenerator<RunChange, void, void> {
    const { supervisor } = this.#port;
    supervisor.assertOpen();
    checkPace(paceMs);
    return tellChanges(supervisor.feed.changed.follow({ signal, paceMs }), () => {
      const port = this.#infoPort();
      return async (runId) => infoOf(await supervisor.record(runId), port);
    });
  }

  async info(runId: string): Promise<RunInfo> {
    return infoOf(await this.#port.supervisor.record(runId), this.#infoPort());
  }

  async diagnose(): Promise<RuntimeReport> {
    const { stores, definitions, clock } = this.#port;
    const why = (info: RunInfo): string | undefined => whyLeft(info, definitions, clock.now());
    const abandoned = await leftRuns(this, why);
    return { ...(await stores.diagnose()), location: stores.location, abandoned };
  }

  #infoPort(): InfoPort {
    const { stores, clock, stalledAfterMs } = this.#port;
    return { clock, stalledAfterMs, isAlive: aliveOnce(stores) };
  }
}
