import { checkPace, checkSpan } from '../check-input.ts';
import type { DefinitionInfo } from '../definition-info.ts';
import { RunchartError } from '../errors.ts';
import type { Explanation } from '../explain-run.ts';
import type { ForkCheck, ForkEdits, ForkKey } from '../fork-run.ts';
import type { PruneOptions, PruneReport } from '../prune-runs.ts';
import type { RepeatOptions, Run } from '../run.ts';
import type {
  ChangesOptions,
  CountOptions,
  ForkOptions,
  ListOptions,
  OpenOptions,
  OutputReader,
  RunChange,
  RunCounts,
  RunInfo,
  RunList,
  Runtime,
  RuntimeReport,
  RuntimeStats,
  StartOptions,
} from '../runtime.ts';
import type { ChartName, ChartOptions, LaidOutChart } from '../runtime-charts.ts';
import type { Verification, VerifyOptions } from '../verification/index.ts';
import type { AnyDefinition } from '../work/index.ts';
import { assertJson, type Caller, createCaller, segment } from './caller.ts';
import { remoteReader } from './remote-outputs.ts';
import { RemoteRun } from './remote-run.ts';
import { Transport } from './transport.ts';

export interface ClientOptions {
  /** What the server asks for, if it does. */
  readonly token?: string;
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
  /** How often a request that got no answer is sent again. Default 5. */
  readonly retries?: number;
  /** Milliseconds without a server after which a stream gives up with SERVER_UNREACHABLE. Default 5 minutes. */
  readonly outageMs?: number;
}

const DEFAULT_OUTAGE_MS = 300_000;
const DEFAULT_GRACE_MS = 5_000;

interface Handle {
  readonly runId: string;
  readonly sessionId: string;
  readonly epoch: number | null;
}

/**
 * The runtime of a server, as if it were here. A definition is known to it by its name: its code runs
 * there. Requests and streams go on over lost connections; every event is told once, in order.
 */
export function createClient(url: string, options: ClientOptions = {}): Runtime {
  return new RemoteRuntime(url, options);
}

class RemoteRuntime implements Runtime {
  readonly #transport: Transport;
  readonly #caller: Caller;
  #isDraining = false;

  constructor(url: string, { outageMs = DEFAULT_OUTAGE_MS, ...options }: ClientOptions) {
    this.#transport = new Transport({ url, ...options });
    this.#caller = createCaller(this.#transport, outageMs);
  }

  get outputs(): OutputReader {
    return remoteReader(this.#caller);
  }

  async start<Result>(
    definition: AnyDefinition | string,
    { idempotencyKey, ...options }: StartOptions = {},
  ): Promise<Run<Result>> {
    const name = typeof definition === 'string' ? definition : definition.name;
    if (options.input !== undefined) {
      assertJson(options.input, 'INPUT_INVALID', `The input of ${name}`);
    }
    return this.#begin('/v1/runs', { definition: name, ...options }, idempotencyKey);
  }

  async open({ idempotencyKey, ...options }: OpenOptions = {}): Promise<Run> {
    return this.#begin('/v1/runs/open', options, idempotencyKey);
  }

  async fork(
    { runId, superStep }: ForkKey,
    { idempotencyKey, ...options }: ForkOptions = {},
  ): Promise<Run> {
    const path = `/v1/runs/${segment(runId)}/fork`;
    return this.#begin(path, { superStep, ...options }, idempotencyKey);
  }

  async checkFork({ runId, superStep }: ForkKey, edits: ForkEdits = {}): Promise<ForkCheck> {
    return this.#caller.post(`/v1/runs/${segment(runId)}/fork/check`, { superStep, ...edits });
  }

  async claim(runId: string, options: RepeatOptions = {}): Promise<Run | undefined> {
    const path = `/v1/runs/${segment(runId)}/claim`;
    const handle = await this.#caller.post<Handle | null>(path, {}, options);
    return handle === null ? undefined : new RemoteRun(this.#caller, handle);
  }

  async get(runId: string, { epoch }: { readonly epoch?: number } = {}): Promise<Run> {
    const { sessionId } = (await this.info(runId)).snapshot;
    return new RemoteRun(this.#caller, { runId, sessionId, epoch: epoch ?? null });
  }

  async list({ status, ...options }: ListOptions = {}): Promise<RunList> {
    checkSpan(options);
    const statuses = status === undefined ? undefined : [status].flat().join(',');
    return this.#caller.get('/v1/runs', { status: statuses, ...options });
  }

  async counts(options: CountOptions = {}): Promise<RunCounts> {
    return this.#caller.get('/v1/counts', { ...options });
  }

  async info(runId: string): Promise<RunInfo> {
    return this.#caller.get(`/v1/runs/${segment(runId)}`);
  }

  async definitions(): Promise<readonly DefinitionInfo[]> {
    return this.#caller.get('/v1/definitions');
  }

  changes({ paceMs, ...options }: ChangesOptions = {}): AsyncGenerator<RunChange, void, void> {
    this.#transport.assertOpen();
    if (paceMs !== undefined) checkPace(paceMs);
    return followChanges(this.#caller, { ...options, query: () => ({ paceMs }) });
  }

  async verify(runId: string, options: VerifyOptions = {}): Promise<Verification> {
    return this.#caller.get(`/v1/runs/${segment(runId)}/verify`, { ...options });
  }

  async *verifyAll(options?: VerifyOptions): AsyncGenerator<Verification, void, void> {
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page: RunList = await this.list(cursor === undefined ? {} : { cursor });
      for (const { snapshot } of page.runs) yield await this.verify(snapshot.runId, options);
      cursor = page.nextCursor;
    }
  }

  async explain(runId: string): Promise<Explanation> {
    return this.#caller.get(`/v1/runs/${segment(runId)}/explain`);
  }

  async chart(name: ChartName, { direction }: ChartOptions = {}): Promise<LaidOutChart> {
    const path = typeof name === 'string' ? name : `definitions/${segment(name.definition)}`;
    return this.#caller.get(`/v1/charts/${path}`, { direction });
  }

  async prune(options: PruneOptions): Promise<PruneReport> {
    return this.#caller.post('/v1/prune', options);
  }

  async diagnose(): Promise<RuntimeReport> {
    return this.#caller.get('/v1/doctor');
  }

  async stats(): Promise<RuntimeStats> {
    return this.#caller.get('/v1/stats');
  }

  /** Takes no new runs; resolves when what was asked is answered. The runs go on where they are. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    await this.#transport.idle();
  }

  /** Ends the streams of this client, and waits for what it has asked. The server and its runs go on. */
  async close({ graceMs = DEFAULT_GRACE_MS }: { readonly graceMs?: number } = {}): Promise<void> {
    await this.#transport.close(graceMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #begin<Result>(
    path: string,
    body: Readonly<Record<string, unknown>>,
    idempotencyKey: string | undefined,
  ): Promise<Run<Result>> {
    if (this.#isDraining) {
      throw new RunchartError('RUNTIME_CLOSED', 'This client takes no new runs any more.');
    }
    const handle = await this.#caller.post<Handle>(path, body, { idempotencyKey });
    return new RemoteRun<Result>(this.#caller, handle);
  }
}

/** The server begins each connection with `missed`: before it anything may have changed. */
async function* followChanges(
  caller: Caller,
  options: Omit<Parameters<Caller['follow']>[0], 'path'>,
): AsyncGenerator<RunChange, void, void> {
  const messages = caller.follow({ path: '/v1/changes', ...options });
  for await (const { event, data } of messages) {
    if (event === 'changed') yield { kind: 'changed', run: (data as { run: RunInfo }).run };
    else if (event === 'gone') yield { kind: 'gone', runId: (data as { runId: string }).runId };
    else if (event === 'missed') yield { kind: 'missed' };
  }
}
