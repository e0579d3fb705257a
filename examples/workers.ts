/**
 * One process starts runs, two others drive them, on one store. RUNCHART_STORE moves all three to another one:
 * `postgres://...` or `nats://...`, and nothing else changes.
 *
 * `node examples/workers.ts [FOLDER]`
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createRuntime, defineRun, type Run, type Stores } from 'runchart';
import { sqlite } from 'runchart/sqlite';
import { workFolder } from './support/folder.ts';

const report = defineRun<{ readonly pages: number }, undefined, string>({
  name: 'report',
  execute: async ({ input, step, signal }) => {
    for (let page = 1; page <= input.pages; page += 1) {
      await step(`page ${page}`, async () => sleep(60, null, { signal }));
    }
    return `${input.pages} pages`;
  },
});

/** The store that the environment names. */
async function storesAt(address: string): Promise<Stores> {
  const scheme = address.split(':', 1)[0] ?? '';
  if (scheme !== 'postgres' && scheme !== 'nats') return sqlite(address);
  // Loaded only by those who have one.
  const module = (await import(`runchart/${scheme}`)) as Record<string, (url: string) => Stores>;
  return module[scheme]?.(address) as Stores;
}

/** Drives runs until it is asked to end; what it has not done by then others go on with. */
async function work(address: string): Promise<void> {
  const stores = await storesAt(address);
  const runtime = await createRuntime({ stores, role: 'worker', definitions: [report] });
  console.log('ready');
  // What a worker waits for keeps no process alive.
  const alive = setInterval(() => undefined, 60_000);
  await once(process, 'SIGTERM');
  clearInterval(alive);
  await runtime.close();
}

async function startWorker(address: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), '--work'], {
    env: { ...process.env, RUNCHART_STORE: address },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

async function orchestrate(address: string): Promise<void> {
  const workers = await Promise.all([startWorker(address), startWorker(address)]);
  const stores = await storesAt(address);
  await using runtime = await createRuntime({
    stores,
    role: 'orchestrator',
    definitions: [report],
  });
  const runs: Run<string>[] = [];
  for (const sessionId of ['monday', 'tuesday', 'monday', 'tuesday']) {
    runs.push(await runtime.start(report, { sessionId, input: { pages: 5 } }));
  }
  console.log(`${runs.length} runs started, by a process that drives none`);

  await sleep(200);
  workers[0]?.kill('SIGKILL');
  console.log('a worker is killed');
  const results = await Promise.all(runs.map((run) => run.result()));
  console.log(`all are done: ${results.join(', ')}`);

  const infos = await Promise.all(runs.map((run) => runtime.info(run.id)));
  const isInOrder = (one: number, other: number): boolean =>
    (infos[one]?.snapshot.updatedAtMs ?? NaN) < (infos[other]?.snapshot.updatedAtMs ?? NaN);
  console.log(`runs of a session came one after the other: ${isInOrder(0, 2) && isInOrder(1, 3)}`);

  workers[1]?.kill('SIGTERM');
  const [code] = (await once(workers[1], 'exit')) as [number];
  console.log(`the other worker ends with ${code}`);
}

const address = process.env['RUNCHART_STORE'] ?? join(workFolder(), 'runs.db');
await (process.argv.includes('--work') ? work(address) : orchestrate(address));

// prints:
// 4 runs started, by a process that drives none
// a worker is killed
// all are done: 5 pages, 5 pages, 5 pages, 5 pages
// runs of a session came one after the other: true
// the other worker ends with 0
