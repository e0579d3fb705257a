// A server with the inspector, as a process of its own: `node --expose-gc inspector-server.ts`. Says where it
// listens and which of its runs is the busiest, then records for as long as it is told to, and says what that cost.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRuntime, type Run } from '../src/index.ts';
import { listen } from '../src/server/index.ts';
import { sqlite } from '../src/stores/sqlite/index.ts';
import { EVENT } from './contenders.ts';

const RUNS = 100;
/** Events on their way at once of the busiest run; the others have one each. */
const BUSY = 20;

/** What recording for a while came to. */
export interface Recorded {
  readonly perSecond: number;
  /** Microseconds of the process's CPU for each event, what it told its readers counted too. */
  readonly cpuUs: number;
  /** Bytes in use afterwards, garbage collected. */
  readonly heap: number;
}

export interface Ready {
  readonly url: string;
  readonly busiest: string;
}

const folder = mkdtempSync(join(tmpdir(), 'runchart-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const runtime = await createRuntime({
  stores: sqlite(join(folder, 'runs.db')),
  limits: { eventsPerRun: Number.MAX_SAFE_INTEGER },
});
const { url } = await listen(runtime, { inspector: true });
const runs = await Promise.all(Array.from({ length: RUNS }, () => runtime.open()));
const [busiest] = runs;
if (busiest === undefined) throw new TypeError('Expected a run, got none');
const lanes = [...runs, ...Array.from({ length: BUSY - 1 }, () => busiest)];
process.send?.({ url, busiest: busiest.id } satisfies Ready);

process.on('message', (ms: number) => {
  void record(ms).then((recorded) => process.send?.(recorded));
});
process.once('disconnect', () => process.exit());

async function record(ms: number): Promise<Recorded> {
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  let count = 0;
  const lane = async (run: Run): Promise<void> => {
    while (performance.now() - startMs < ms) {
      await run.record(EVENT);
      count += 1;
    }
  };
  await Promise.all(lanes.map(lane));
  const perSecond = (count * 1_000) / (performance.now() - startMs);
  const { user, system } = process.cpuUsage(startCpu);
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return { perSecond, cpuUs: (user + system) / count, heap: heapUsed + external };
}
