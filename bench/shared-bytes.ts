import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createRuntime } from '../src/index.ts';
import { EVENT } from './contenders.ts';
import { ask, drop, type Engine, storesOf } from './shared-engines.ts';
import type { IdleReport, IdleTask } from './shared-idle-process.ts';

const RUNS = 500;
const EVENTS = 20;
/** How long the onlooker is there, in milliseconds: longer than it takes to record. */
const LOOKS_MS = 10_000;
const FILE = fileURLToPath(new URL('shared-idle-process.ts', import.meta.url));

/** Bytes that an event takes on disk, and what it costs a process that has nothing to do with its run. */
export async function benchSharedBytes(engine: Engine): Promise<void> {
  const place = { engine: engine.engine, url: engine.url, name: 'bytes' };
  const stores = storesOf(place);
  const runtime = await createRuntime({ stores });
  const runs = await Promise.all(
    Array.from({ length: RUNS }, () => runtime.open({ prompt: 'p'.repeat(100) })),
  );
  const onlooker = async (work: () => Promise<void>): Promise<number> => {
    const task: IdleTask = { place, role: 'worker', does: 'nothing', runs: 0, idleMs: LOOKS_MS };
    const child = fork(FILE, [JSON.stringify(task)], { execArgv: ['--expose-gc'] });
    await once(child, 'message');
    const reported = once(child, 'message');
    await work();
    const [{ cpuUs }] = (await reported) as [IdleReport];
    return cpuUs;
  };
  const alone = await onlooker(() => Promise.resolve());
  const [before, wal] = [(await stores.bytes?.()) ?? 0, await walBytes(engine)];
  const beside = await onlooker(async () => {
    await Promise.all(
      runs.map(async (run) => {
        for (let n = 0; n < EVENTS; n += 1) await run.record(EVENT);
      }),
    );
  });
  const written = ((await stores.bytes?.()) ?? 0) - before;
  const logged = (await walBytes(engine)) - wal;
  const events = RUNS * EVENTS;
  console.log(
    `${engine.engine}: ${Math.round(written / events)} bytes of disk per event` +
      (logged > 0 ? `, ${Math.round(logged / events)} bytes of WAL` : '') +
      `; ${Math.max(0, (beside - alone) / events).toFixed(1)} us of CPU per event in a worker that only looks on ` +
      `(${events} events, one per commit, ${JSON.stringify(EVENT).length} bytes of JSON each)`,
  );
  await runtime.close();
  await drop(place);
}

/** 0 on NATS, whose stream is its log. */
async function walBytes({ engine, url }: Engine): Promise<number> {
  if (engine === 'nats') return 0;
  const [row] = await ask(url, `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS n`);
  return Number(row?.['n']);
}
