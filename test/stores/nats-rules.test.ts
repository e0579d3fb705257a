import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, it, onTestFinished } from 'vitest';
import type { Stores } from '../../src/stores/index.ts';
import { nats } from '../../src/stores/nats/index.ts';
import type { NatsOptions } from '../../src/stores/nats/index.ts';
import { commitOf, fill, FINAL, outputOf } from '../../src/testing/cases/builders.ts';
import { dropStreams } from '../support/nats/nats-fixture.ts';
import { startNatsServer } from '../support/nats/nats-server.ts';

const { url, monitor } = inject('nats');
let names = 0;

/** Handles on one new place, as several processes have them. */
async function handles(count: number, options: Partial<NatsOptions> = {}): Promise<Stores[]> {
  const name = `rules-${process.pid}-${(names += 1)}`;
  const all = Array.from({ length: count }, () =>
    nats({ servers: url, monitors: monitor, name, ...options }),
  );
  await Promise.all(all.map((stores) => stores.open()));
  onTestFinished(async () => {
    await Promise.all(all.map((stores) => stores.close()));
    await dropStreams({ servers: url }, name);
  });
  return all;
}

it('a watcher never hears of an append that was refused', async () => {
  const [mine, other] = await handles(2);
  assert(mine !== undefined && other !== undefined);
  await fill(mine.events, 'run_1', 1);
  await fill(mine.events, 'run_2', 1);
  await other.events.list({ limit: 1 });
  const heard: string[] = [];
  other.events.watch((runIds) => heard.push(...runIds));
  for (const commit of [commitOf('run_1', 0), commitOf('run_1', 7), commitOf('run_3', 1)]) {
    expect((await mine.events.append([commit]))[0]?.kind).toBe('refused');
  }
  await mine.events.append([commitOf('run_2', 1)]);
  await expect.poll(() => heard).toContain('run_2');
  expect(heard).toEqual(['run_2']);
});

it('a run is forked or forgotten, never both, whoever is first', async () => {
  const [mine, other] = await handles(2);
  assert(mine !== undefined && other !== undefined);
  const ends = { forked: 0, forgotten: 0 };
  for (let n = 0; n < 20; n += 1) {
    const source = `run_${n}`;
    await fill(mine.events, source, 1);
    const fork = commitOf(`fork_${n}`, 0, { run: { forkedFrom: source } });
    const [[outcome], gone] = await Promise.all([
      sleep(n % 7).then(() => mine.events.append([fork])),
      other.forget([source]),
    ]);
    const isForked = outcome?.kind === 'stored';
    expect(gone).toEqual(isForked ? [] : [source]);
    expect(await mine.events.get(source)).toEqual(isForked ? expect.anything() : undefined);
    ends[isForked ? 'forked' : 'forgotten'] += 1;
  }
  console.log(`forks and deletions at once: ${JSON.stringify(ends)}`);
});

it('of finals, ids and keys through several handles at once one is stored', async () => {
  const all = await handles(4);
  for (let n = 0; n < 5; n += 1) {
    const finals = await Promise.allSettled(
      all.map(({ outputs }, i) =>
        outputs.append(outputOf(`final ${n} ${i}`, { attempt: n, event: FINAL })),
      ),
    );
    const ids = await Promise.allSettled(
      all.map(({ outputs }, i) => outputs.append(outputOf(`id ${n}`, { taskId: `task_${i}` }))),
    );
    const runs = await Promise.all(
      all.map(({ events }, i) =>
        events.append([commitOf(`run ${n} ${i}`, 0, { idempotencyKey: `key ${n}` })]),
      ),
    );
    for (const settled of [finals, ids]) {
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    }
    expect(runs.flat().filter(({ kind }) => kind === 'stored')).toHaveLength(1);
  }
});

it('no output of an owner is stored behind the take-over of its run', async () => {
  const [mine, other] = await handles(2);
  assert(mine !== undefined && other !== undefined);
  const name = mine.location.split('/').at(-1) ?? '';
  const nc = await connect({ servers: url });
  onTestFinished(() => nc.close());
  const { streams } = await jetstreamManager(nc);
  const seqOf = async (subject: string): Promise<number> =>
    (await streams.getMessage(name, { last_by_subj: `${name}.${subject}` }))?.seq ?? 0;
  const takeOver = async (runId: string): Promise<void> => {
    await mine.events.append([commitOf(runId, 0, { run: { owner: 'own_1', epoch: 1 } })]);
    const fenced = new AbortController();
    const outputs = async (): Promise<void> => {
      for (let n = 0; !fenced.signal.aborted; n += 1) {
        await mine.outputs
          .append(outputOf(`${runId} ${n}`, { runId, taskId: runId }), { expectedEpoch: 1 })
          .catch((error: unknown) => {
            fenced.abort();
            expect(error).toMatchObject({ code: 'OWNER_FENCED' });
          });
      }
    };
    const taken = { run: { owner: 'own_2', epoch: 2 } };
    await Promise.all([outputs(), other.events.append([commitOf(runId, 1, taken)])]);
    expect(await seqOf(`o.r.${runId}`)).toBeLessThan(await seqOf(`e.${runId}`));
  };
  await Promise.all(Array.from({ length: 40 }, (_, n) => takeOver(`run_${n}`)));
});

it('what is bigger than a message of the server is kept in pieces, and goes with its run', async () => {
  const [stores] = await handles(1);
  assert(stores !== undefined);
  const big = JSON.stringify('naïve 🏃 '.repeat(400_000));
  const snapshot = JSON.stringify('x'.repeat(2_000_000));
  await stores.events.append([
    commitOf('run_1', 0, { event: { payload: big }, run: { snapshot } }),
  ]);
  await fill(stores.events, 'run_2', 1);
  const [event] = (await stores.events.read('run_1', { limit: 9 })).events;
  expect(event?.payload === big).toBe(true);
  expect((await stores.events.get('run_1'))?.snapshot === snapshot).toBe(true);
  const before = (await stores.bytes?.()) ?? 0;
  await stores.forget(['run_1']);
  expect(before - ((await stores.bytes?.()) ?? 0)).toBeGreaterThan(5_000_000);
});

it('an owner whose process is frozen is dead after its lease, and alive again when it goes on', async () => {
  const leaseMs = 1_000;
  const [stores] = await handles(1, { leaseMs });
  assert(stores !== undefined);
  const place = stores.location.split('/').at(-1) ?? '';
  const child = spawn(process.execPath, ['test/support/nats/lease-child.ts', url, place, 'own_1'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await said(child, 'enlisted');
  const isAlive = (): Promise<boolean> => stores.events.isAlive('own_1');
  expect(await isAlive()).toBe(true);
  await sleep(leaseMs * 2);
  expect(await isAlive()).toBe(true);
  child.kill('SIGSTOP');
  await expect.poll(isAlive, { timeout: leaseMs * 5 }).toBe(false);
  child.kill('SIGCONT');
  await expect.poll(isAlive, { timeout: leaseMs * 5 }).toBe(true);
  child.kill('SIGKILL');
  await expect.poll(isAlive, { timeout: leaseMs * 5 }).toBe(false);
});

function said({ stdout }: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve) => {
    stdout?.on('data', (data) => String(data).includes(word) && resolve());
  });
}

it('a server that writes to disk later is warned of, and so is one that nobody can ask', async () => {
  await using server = await startNatsServer({ syncInterval: '2m' });
  const warnings: string[] = [];
  const listen = ({ message }: Error): number => warnings.push(message);
  process.on('warning', listen);
  onTestFinished(() => void process.removeListener('warning', listen));
  const problemsOf = async (options: Partial<NatsOptions>): Promise<readonly string[]> => {
    const stores = nats({ servers: server.url, ...options });
    await stores.open();
    const { problems, facts } = await stores.diagnose();
    await stores.close();
    return [...problems, `${facts['syncPolicy']}`];
  };
  const [later, ...rest] = await problemsOf({ monitors: server.monitor, syncAlways: true });
  expect(later).toContain('sync_interval: always');
  expect(rest).toEqual(['later']);
  expect((await problemsOf({})).at(-1)).toBe('unknown');
  expect(await problemsOf({ syncAlways: true })).toEqual(['always']);
  await expect.poll(() => warnings.filter((one) => one.includes('sync_interval'))).toHaveLength(2);
});

it('a server that is too old is refused', async () => {
  // It says no more than its greeting: nobody asks it for anything else.
  const old = createServer((socket) => {
    const info = { server_id: 'x', version: '2.14.9', headers: true, max_payload: 1_048_576 };
    socket.write(`INFO ${JSON.stringify(info)}\r\n`);
    socket.on('data', (data) => String(data).includes('PING') && socket.write('PONG\r\n'));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => void old.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void old.close());
  const address = old.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const stores = nats({ servers: `nats://127.0.0.1:${port}` });
  await expect(stores.open()).rejects.toMatchObject({ code: 'STORE_UNSUPPORTED' });
});
