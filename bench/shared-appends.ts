import { performance } from 'node:perf_hooks';
import { createRuntime, type Run } from '../src/index.ts';
import { EVENT, type Appender } from './contenders.ts';
import { quantile } from './probe.ts';
import { ask, drop, type Engine, type Place, storesOf } from './shared-engines.ts';
import { rawNats, rawPostgres } from './shared-floors.ts';

interface Trial {
  readonly rate: number;
  readonly latencies: readonly number[];
  /** Microseconds of CPU per event: of this process, and of the server. */
  readonly clientUs: number;
  readonly serverUs: number;
  /** Messages of NATS per event, in and out. */
  readonly messages: number;
  readonly batch: number;
  readonly roundTrips: number;
  /** Share of the updates of rows that went into no index. */
  readonly hot: number;
}

/** Counts what an appender did since it was opened. */
interface Counted extends Appender {
  counts?(): Promise<{ readonly batches: number; readonly events: number; readonly trips: number }>;
}

interface Contender {
  readonly name: string;
  open(place: Place, runs: number): Promise<Counted>;
}

const floors: Readonly<Record<Engine['engine'], Contender>> = {
  postgres: { name: 'floor: fenced inserts of many rows', open: rawPostgres },
  nats: { name: 'floor: publishes with an expected sequence', open: rawNats },
};

/** The whole runtime, one `record` after the other on each run. */
const wholeRuntime: Contender = {
  name: 'runtime: run.record',
  open: async (place, count) => {
    let trips = 0;
    const stores = storesOf(place, () => (trips += 1));
    const runtime = await createRuntime({ stores });
    const runs: Run[] = await Promise.all(
      Array.from({ length: count }, () => runtime.open({ prompt: 'p'.repeat(100) })),
    );
    return {
      append: async (run) => void (await runs[run]?.record(EVENT)),
      counts: async () => ({ ...(await runtime.stats()).appends, trips }),
      close: () => runtime.close(),
    };
  },
};

let places = 0;

/** Appends through the whole runtime, and what the engine takes at best, in turn within each round. */
export async function benchSharedAppends(
  engine: Engine,
  runs: number,
  rounds: number,
  trialMs: number,
): Promise<void> {
  const contenders = [floors[engine.engine], wholeRuntime];
  const trials = new Map<Contender, Trial[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (let i = 0; i < contenders.length; i += 1) {
      const contender = contenders[(i + round) % contenders.length] as Contender;
      trials.get(contender)?.push(await measure(engine, contender, runs, trialMs));
    }
  }
  print(engine, runs, trials, contenders);
}

async function measure(
  engine: Engine,
  contender: Contender,
  runs: number,
  trialMs: number,
): Promise<Trial> {
  const place = { engine: engine.engine, url: engine.url, name: `b${(places += 1)}` };
  const appender = await contender.open(place, runs);
  await load(appender, runs, trialMs / 4, []);
  const [before, counts] = [await engine.traffic(), await appender.counts?.()];
  const [serverUs, client, startMs] = [engine.cpuUs(), process.cpuUsage(), performance.now()];
  const latencies: number[] = [];
  await load(appender, runs, trialMs, latencies);
  const elapsed = performance.now() - startMs;
  const { user, system } = process.cpuUsage(client);
  const serverTook = engine.cpuUs() - serverUs;
  const [after, now] = [await engine.traffic(), await appender.counts?.()];
  await appender.close();
  const hot = engine.engine === 'postgres' ? await hotShare(place) : Number.NaN;
  await drop(place);
  const events = latencies.length;
  const batches = (now?.batches ?? Number.NaN) - (counts?.batches ?? 0);
  return {
    rate: (events / elapsed) * 1000,
    latencies,
    clientUs: (user + system) / events,
    serverUs: serverTook / events,
    messages: (after.messages - before.messages) / events,
    batch: ((now?.events ?? 0) - (counts?.events ?? 0)) / batches,
    roundTrips: ((now?.trips ?? 0) - (counts?.trips ?? 0)) / batches,
    hot,
  };
}

async function load(
  appender: Appender,
  runs: number,
  ms: number,
  latencies: number[],
): Promise<void> {
  const end = performance.now() + ms;
  const one = async (run: number): Promise<void> => {
    for (let now = performance.now(); now < end;) {
      await appender.append(run);
      const after = performance.now();
      latencies.push(after - now);
      now = after;
    }
  };
  await Promise.all(Array.from({ length: runs }, (_, run) => one(run)));
}

/** Known when the connections that did it are closed. */
async function hotShare({ url, name }: Place): Promise<number> {
  const [row] = await ask(
    url,
    `SELECT n_tup_hot_upd::float8 / nullif(n_tup_upd, 0) AS share FROM pg_stat_user_tables
     WHERE schemaname = '${name}' AND relname = 'runs'`,
  );
  return Number(row?.['share'] ?? Number.NaN);
}

function print(
  engine: Engine,
  runs: number,
  trials: ReadonlyMap<Contender, readonly Trial[]>,
  contenders: readonly Contender[],
): void {
  const [floor] = contenders as [Contender];
  const of = (contender: Contender, what: (trial: Trial) => number): readonly number[] =>
    (trials.get(contender) ?? []).map(what);
  const median = (contender: Contender, what: (trial: Trial) => number): number =>
    quantile(of(contender, what), 0.5);
  const rate = ({ rate }: Trial): number => rate;
  const rows = contenders.map((contender) => {
    const latencies = (trials.get(contender) ?? []).flatMap((trial) => trial.latencies);
    // Round by round: what is compared ran within the same seconds.
    const ratios = of(contender, rate).map((one, i) => one / (of(floor, rate)[i] ?? Number.NaN));
    return {
      [`${engine.engine}, ${runs} runs`]: contender.name,
      'events/s': Math.round(median(contender, rate)),
      '/ floor': quantile(ratios, 0.5).toFixed(2),
      'p50 ms': quantile(latencies, 0.5).toFixed(2),
      'p99 ms': quantile(latencies, 0.99).toFixed(1),
      'server us': median(contender, ({ serverUs }) => serverUs).toFixed(0),
      'client us': median(contender, ({ clientUs }) => clientUs).toFixed(0),
      'events/batch': median(contender, ({ batch }) => batch).toFixed(1),
      ...(engine.engine === 'postgres'
        ? {
            'trips/batch': median(contender, ({ roundTrips }) => roundTrips).toFixed(2),
            HOT: median(contender, ({ hot }) => hot).toFixed(2),
          }
        : { 'messages/event': median(contender, ({ messages }) => messages).toFixed(2) }),
    };
  });
  console.table(rows);
}
