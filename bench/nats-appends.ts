/**
 * Appends through the NATS store beside raw publishes with the same conditions, on one server, in turns.
 * `node bench/nats-appends.ts [seconds]`
 */
import { createInbox, connect, headers } from '@nats-io/transport-node';
import { nats } from '../src/stores/nats/index.ts';
import type { Commit, RunRecord } from '../src/stores/index.ts';
import { startNatsServer } from '../test/support/nats/nats-server.ts';

const MS = Number(process.argv[2] ?? 2) * 1000;
/** As the committer has it. */
const BATCH = 256;

function commitOf(runId: string, seq: number): Commit {
  const payload = JSON.stringify({ type: 'text.delta', delta: 'x'.repeat(200) });
  const run: RunRecord = {
    runId,
    sessionId: 'ses_1',
    definition: 'writer',
    status: 'executing',
    lastSeq: seq,
    epoch: 1,
    owner: 'own_1',
    wakeAtMs: null,
    parentRunId: null,
    forkedFrom: null,
    createdAtMs: 1_763_694_000_000,
    updatedAtMs: 1_763_694_000_000 + seq,
    snapshot: JSON.stringify({ status: 'executing', eventCount: seq, context: 'y'.repeat(200) }),
  };
  const event = { seq, eventId: `evt_${runId}_${seq}`, type: 'text.delta', payload };
  const events = [{ ...event, emittedAtMs: run.updatedAtMs, epoch: 1, late: false }];
  return { run, expectedSeq: seq - 1, events, ...(seq > 1 && { expectedEpoch: 1 }) };
}

/** Two batches in flight, of half of the runs each, as the committer sends them. */
async function throughStore(url: string, runs: number, name: string): Promise<number> {
  const stores = nats({ servers: url, name, syncAlways: true });
  await stores.open();
  const ids = Array.from({ length: runs }, (_, n) => `run_${n}`);
  const seqs = new Map(ids.map((id) => [id, 1]));
  for (let at = 0; at < runs; at += BATCH) {
    await stores.events.append(ids.slice(at, at + BATCH).map((id) => commitOf(id, 1)));
  }
  let stored = 0;
  const free = [...ids];
  const endMs = performance.now() + MS;
  const flight = async (): Promise<void> => {
    while (performance.now() < endMs) {
      const some = free.splice(0, Math.min(BATCH, Math.ceil(runs / 2)));
      if (some.length === 0) return;
      const commits = some.map((id) => commitOf(id, (seqs.get(id) ?? 0) + 1));
      const outcomes = await stores.events.append(commits);
      for (const [n, { kind }] of outcomes.entries()) {
        if (kind !== 'stored') throw new Error(`refused: ${JSON.stringify(outcomes[n])}`);
        seqs.set(some[n] ?? '', commits[n]?.run.lastSeq ?? 0);
      }
      stored += some.length;
      free.push(...some);
    }
  };
  const startMs = performance.now();
  await Promise.all([flight(), flight()]);
  const rate = stored / ((performance.now() - startMs) / 1000);
  await stores.close();
  return rate;
}

/** As many in flight, with bodies of that size and a condition each; nothing else. */
async function raw(url: string, runs: number, name: string): Promise<number> {
  const stores = nats({ servers: url, name, syncAlways: true });
  await stores.open();
  const nc = await connect({ servers: url });
  const inbox = `${createInbox()}.`;
  const waiting = new Map<string, (seq: number) => void>();
  nc.subscribe(`${inbox}*`, {
    callback: (_, message) => {
      const token = message.subject.slice(inbox.length);
      waiting.get(token)?.(message.json<{ seq: number }>().seq);
      waiting.delete(token);
    },
  });
  let last = 0;
  let stored = 0;
  const body = 'z'.repeat(JSON.stringify(commitOf('run_1', 1)).length - 100);
  const startMs = performance.now();
  const endMs = startMs + MS;
  const one = async (run: number): Promise<void> => {
    for (let seq = 0; performance.now() < endMs;) {
      const token = String((last += 1));
      const hdrs = headers();
      hdrs.set('Nats-Expected-Last-Subject-Sequence', String(seq));
      const answer = new Promise<number>((resolve) => void waiting.set(token, resolve));
      nc.publish(`${name}.e.run_${run}`, body, { headers: hdrs, reply: inbox + token });
      seq = await answer;
      stored += 1;
    }
  };
  await Promise.all(Array.from({ length: Math.min(runs, 2 * BATCH) }, (_, n) => one(n)));
  const rate = stored / ((performance.now() - startMs) / 1000);
  await nc.close();
  await stores.close();
  return rate;
}

const server = await startNatsServer();
let names = 0;
for (const runs of [1, 100, 1_000]) {
  const rates = { store: [] as number[], raw: [] as number[] };
  for (let turn = 0; turn < 3; turn += 1) {
    rates.raw.push(await raw(server.url, runs, `raw${(names += 1)}`));
    rates.store.push(await throughStore(server.url, runs, `store${(names += 1)}`));
  }
  const median = (all: number[]): number => all.toSorted((a, b) => a - b)[1] ?? 0;
  const [store, bare] = [median(rates.store), median(rates.raw)];
  console.log(
    `${runs} runs: store ${store.toFixed(0)}/s, raw ${bare.toFixed(0)}/s, ratio ${(store / bare).toFixed(2)}`,
  );
}
await server.close();
