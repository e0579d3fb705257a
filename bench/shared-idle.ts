import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRuntime } from '../src/index.ts';
import { drop, type Engine, type Place, storesOf } from './shared-engines.ts';
import { type IdleReport, type IdleTask, parked } from './shared-idle-process.ts';

const PARKED = 1_000;
const DRIVEN = 500;
const IDLE_MS = 5_000;
const FILE = fileURLToPath(new URL('shared-idle-process.ts', import.meta.url));

/** What a process, and a run, take when nothing happens. */
export async function benchSharedIdle(engine: Engine): Promise<void> {
  const [few, many, busy] = ['few', 'many', 'busy'].map((name) => ({
    engine: engine.engine,
    url: engine.url,
    name: `idle-${name}`,
  })) as [Place, Place, Place];
  await park(few, 1);
  await park(many, PARKED);
  for (const role of ['worker', 'orchestrator'] as const) {
    const empty = await look(engine, {
      place: few,
      role,
      does: 'nothing',
      runs: 1,
      idleMs: IDLE_MS,
    });
    const task = { place: many, role, runs: PARKED, idleMs: 1_000 };
    const known = await look(engine, { ...task, does: 'nothing' });
    const held = await look(engine, { ...task, does: 'handles' });
    const seconds = IDLE_MS / 1000;
    console.log(
      `${engine.engine}, idle ${role}: ${mib(empty.rssBytes)} MiB RSS, ${mib(empty.heapBytes)} MiB heap, ` +
        `${empty.connections} connections, ${(empty.queries / seconds).toFixed(1)} queries/s, ` +
        `${(empty.messages / seconds).toFixed(1)} messages/s, CPU ${(empty.cpuUs / seconds / 1000).toFixed(1)} ms/s ` +
        `and ${(empty.serverUs / seconds / 1000).toFixed(1)} ms/s of the server`,
    );
    console.log(
      `  heap per parked run of the store ${bytes(known.heapBytes - empty.heapBytes, PARKED)}, ` +
        `more with a handle ${bytes(held.heapBytes, PARKED)} (${PARKED} runs)`,
    );
  }
  const idleMs = 5_000;
  const drives = await look(engine, {
    place: busy,
    role: 'worker',
    does: 'drives',
    runs: DRIVEN,
    idleMs,
  });
  console.log(
    `  heap per run that is driven and waits ${bytes(drives.heapBytes, DRIVEN)} (${DRIVEN} runs, ${mib(drives.rssBytes)} MiB RSS)`,
  );
  for (const place of [few, many, busy]) await drop(place);
}

interface Look extends IdleReport {
  readonly connections: number;
  readonly messages: number;
  readonly serverUs: number;
}

async function look(engine: Engine, task: IdleTask): Promise<Look> {
  const before = (await engine.traffic()).connections;
  const child = fork(FILE, [JSON.stringify(task)], { execArgv: ['--expose-gc'] });
  await once(child, 'message');
  const [at, serverUs] = [await engine.traffic(), engine.cpuUs()];
  const [report] = (await once(child, 'message')) as [IdleReport];
  const spent = engine.cpuUs() - serverUs;
  const { messages } = await engine.traffic();
  await (child.exitCode ?? once(child, 'exit'));
  const connections = at.connections - before;
  return { ...report, connections, messages: messages - at.messages, serverUs: spent };
}

/** Starts runs that wait for a signal, and leaves them. */
async function park(place: Place, runs: number): Promise<void> {
  const options = { stores: storesOf(place), definitions: [parked], concurrency: runs };
  const runtime = await createRuntime(options);
  for (let n = 0; n < runs; n += 500) {
    const some = Math.min(500, runs - n);
    await Promise.all(Array.from({ length: some }, () => runtime.start(parked)));
  }
  while ((await runtime.stats()).driven.count > 0) await sleep(50);
  await runtime.close();
}

function mib(value: number): string {
  return (value / 1024 / 1024).toFixed(0);
}

function bytes(total: number, runs: number): string {
  return `${Math.round(total / runs)} bytes`;
}
