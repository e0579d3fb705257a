import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createRuntime, type Run, type Runtime } from '../../src/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { type Cli, type Started, until, useCli } from './support/cli.ts';
import { definitions } from './support/working.ts';

const cliOf = useCli();
const MODULE = fileURLToPath(new URL('support/working.ts', import.meta.url));

/** A runtime that starts runs and drives none, over the store of the command line. */
async function orchestrator({ folder }: Cli): Promise<Runtime> {
  mkdirSync(join(folder, '.runchart'), { recursive: true });
  const stores = sqlite(join(folder, '.runchart/runs.db'));
  return createRuntime({ stores, role: 'orchestrator', definitions });
}

/** A worker that has said that it works. */
async function worker(cli: Cli, ...args: readonly string[]): Promise<Started> {
  const started = cli.start('work', MODULE, ...args);
  await until('the worker works', () => started.out().includes('\n'));
  return started;
}

const attemptOf = async (runtime: Runtime, { id }: Run): Promise<number> =>
  (await runtime.info(id)).snapshot.attempt;

async function begun(runtime: Runtime, runs: readonly Run[]): Promise<void> {
  await until('the runs have begun', async () => {
    const attempts = await Promise.all(runs.map((run) => attemptOf(runtime, run)));
    return attempts.every((attempt) => attempt > 0);
  });
}

async function typesOf(run: Run): Promise<string[]> {
  const types: string[] = [];
  for await (const { event } of run.events()) types.push(event.type);
  return types;
}

describe('runchart work', () => {
  it('says what it works on, and drives what others started, beside other workers', async () => {
    const cli = cliOf();
    await using runtime = await orchestrator(cli);
    const [one, other] = await Promise.all([
      worker(cli, '--concurrency', '2'),
      worker(cli, '--concurrency', '2', '--json'),
    ]);
    expect(one.out()).toBe(
      'runchart: working on 3 definitions in sqlite:.runchart/runs.db, up to 2 runs at once\n',
    );
    expect(JSON.parse(other.out())).toEqual({
      store: 'sqlite:.runchart/runs.db',
      definitions: ['steps', 'deaf', 'whole'],
      concurrency: 2,
      pid: other.child.pid,
    });
    const runs: Run[] = [];
    for (let n = 0; n < 8; n += 1) {
      runs.push(await runtime.start('steps', { input: { steps: 3, ms: 20 } }));
    }
    await Promise.all(runs.map((run) => run.result()));
    const family = await runtime.start('whole', { input: { steps: 2, ms: 5 } });
    await family.result();
    for (const started of [one, other]) started.child.kill('SIGTERM');
    for (const started of [one, other]) {
      expect(await started.ended).toMatchObject({ code: 0, signal: null });
    }
    for (const run of runs) expect((await runtime.verify(run.id)).problems).toEqual([]);
  });

  it('what a worker drove that was killed is gone on with by another', async () => {
    const cli = cliOf();
    await using runtime = await orchestrator(cli);
    const doomed = await worker(cli);
    const runs: Run[] = [];
    for (let n = 0; n < 5; n += 1) {
      runs.push(
        await runtime.start('steps', { input: { steps: 40, ms: 150 }, sessionId: `s${n}` }),
      );
    }
    await begun(runtime, runs);
    const other = await worker(cli);
    doomed.child.kill('SIGKILL');
    await Promise.all(runs.map((run) => run.result()));
    const attempts = await Promise.all(runs.map((run) => attemptOf(runtime, run)));
    // On a machine that is busy some were over before the other worker was there.
    expect(Math.max(...attempts)).toBe(2);
    other.child.kill('SIGTERM');
    expect((await other.ended).code).toBe(0);
  });

  it('a worker that is asked to end lets its runs end, begins no other, and exits with 0', async () => {
    const cli = cliOf();
    await using runtime = await orchestrator(cli);
    const only = await worker(cli, '--concurrency', '1');
    const first = await runtime.start('steps', { input: { steps: 10, ms: 50 } });
    await begun(runtime, [first]);
    const second = await runtime.start('steps', { input: { steps: 1, ms: 1 } });
    only.child.kill('SIGINT');
    const ended = await only.ended;
    expect(ended).toMatchObject({
      code: 0,
      signal: null,
      err: 'runchart: going down, 1 run to end; again to end at once\n',
    });
    expect((await runtime.info(first.id)).snapshot.status).toBe('completed');
    expect(await attemptOf(runtime, second)).toBe(0);
  });

  it('what does not end within the grace is handed over, and another goes on with it', async () => {
    const cli = cliOf();
    await using runtime = await orchestrator(cli);
    const leaving = await worker(cli, '--grace', '0.1');
    const run = await runtime.start('steps', { input: { steps: 30, ms: 50 } });
    const parent = await runtime.start('whole', { input: { steps: 1, ms: 600 } });
    await begun(runtime, [run, parent]);
    leaving.child.kill('SIGTERM');
    const ended = await leaving.ended;
    expect(ended).toMatchObject({ code: 0, signal: null });
    expect(ended.err).toContain('runchart: 2 runs handed over to other processes\n');
    expect(await runtime.info(run.id)).toMatchObject({
      owner: null,
      snapshot: { waiting: { parked: 'released', wakeAtMs: 0 } },
    });
    const other = await worker(cli);
    await Promise.all([run.result(), parent.result()]);
    expect(await typesOf(run)).toContain('attempt.ended');
    other.child.kill('SIGTERM');
    await other.ended;
  });

  it('work that hears no signal is taken over when its process is gone', async () => {
    const cli = cliOf();
    await using runtime = await orchestrator(cli);
    const leaving = await worker(cli, '--grace', '0.1');
    const run = await runtime.start('deaf', { input: { ms: 60_000 } });
    await begun(runtime, [run]);
    leaving.child.kill('SIGTERM');
    expect((await leaving.ended).code).toBe(0);
    expect((await runtime.info(run.id)).owner?.alive).toBe(false);
    const other = await worker(cli, '--log');
    await until('it is gone on with', async () => (await attemptOf(runtime, run)) === 2);
    await until('it says from whom', () => other.err().includes('"fromOwner"'));
  });

  it('asked a second time it ends at once', async () => {
    const cli = cliOf();
    await using runtime = await orchestrator(cli);
    const only = await worker(cli);
    const run = await runtime.start('deaf', { input: { ms: 60_000 } });
    await begun(runtime, [run]);
    only.child.kill('SIGTERM');
    await until('it was asked', () => only.err().includes('going down'));
    only.child.kill('SIGTERM');
    expect((await only.ended).code).toBe(130);
    expect((await runtime.info(run.id)).owner?.alive).toBe(false);
  });

  it('says what is wrong with its words', async () => {
    const cli = cliOf();
    expect((await cli.run('work')).code).toBe(2);
    expect((await cli.run('work', 'nowhere.ts')).code).toBe(2);
    const remote = await cli.run('work', MODULE, '--server', 'http://127.0.0.1:1');
    expect(remote).toMatchObject({ code: 2 });
    const queue = await cli.run('work', MODULE, '--dispatch', 'amqp://here');
    expect(queue).toMatchObject({ code: 2 });
    expect(queue.err).toContain('--dispatch takes postgres://');
  });
});
