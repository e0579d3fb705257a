import { headers as newHeaders, connect, type MsgHdrs } from '@nats-io/transport-node';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Client } from 'pg';
import { createRuntime } from '../src/index.ts';
import { EVENT, type Appender } from './contenders.ts';
import { ask, type Place, storesOf } from './shared-engines.ts';

/** What the committer has under way at most: two batches of 256. */
const BATCH = 256;
const FLIGHTS = 2;

interface Waiting {
  readonly run: number;
  readonly seq: number;
  readonly payload: string;
  readonly resolve: () => void;
}

/**
 * The tables of the store, and on them what a plain program would do: one statement per batch, prepared, that sets
 * the row of each run where `last_seq` and `epoch` are as expected, and inserts the events of those. Batches gather
 * as those of the runtime do.
 */
export async function rawPostgres(place: Place, runs: number): Promise<Appender> {
  const snapshot = await makeTables(place, runs);
  const clients = Array.from({ length: FLIGHTS }, () => new Client(place.url));
  for (const client of clients) {
    await client.connect();
    await client.query(
      'SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off',
    );
  }
  const text = statement(place.name);
  const seqs = Array.from({ length: runs }, () => 1);
  let waiting: Waiting[] = [];
  const write = async (client: Client, batch: readonly Waiting[]): Promise<void> => {
    const values = [
      plainArray(batch.map(({ run }) => `run_${run}`)),
      plainArray(batch.map(({ seq }) => seq)),
      plainArray(batch.map(({ run, seq }) => `evt_${run}_${seq}`)),
      textArray(batch.map(({ payload }) => payload)),
      textArray(batch.map(() => snapshot)),
      EVENT.type,
      Date.now(),
    ];
    const { rows } = await client.query<{ n: string }>({ name: 'floor', text, values });
    if (Number(rows[0]?.n) !== batch.length) throw new Error('the floor lost an event');
  };
  const flush = (): void => {
    while (clients.length > 0 && waiting.length > 0) {
      const batch = waiting.splice(0, BATCH);
      const client = clients.pop() as Client;
      void write(client, batch).then(() => {
        clients.push(client);
        for (const { resolve } of batch) resolve();
        if (waiting.length > 0) setImmediate(flush);
      });
    }
  };
  return {
    append: (run) =>
      new Promise<void>((resolve) => {
        if (waiting.length === 0) setImmediate(flush);
        const seq = (seqs[run] ?? 0) + 1;
        seqs[run] = seq;
        waiting.push({ run, seq, payload: JSON.stringify(EVENT), resolve });
      }),
    close: async () => void (await Promise.all(clients.map((client) => client.end()))),
  };
}

/** The tables as the store makes them, with so many runs; answers the text of a snapshot. */
async function makeTables(place: Place, runs: number): Promise<string> {
  const { snapshot } = await oneRun(place);
  await ask(
    place.url,
    `INSERT INTO "${place.name}".runs(run_id, session_id, created_seq, status, last_seq, epoch, owner, created_at,
       updated_at, snapshot)
     SELECT 'run_' || n, 'run_' || n, 1, 'created', 1, 1, 'own_bench', 0, 0, '${snapshot}'
     FROM generate_series(0, ${runs - 1}) AS n`,
  );
  return snapshot;
}

function statement(schema: string): string {
  return `
  WITH batch AS (
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[])
      AS b(run_id, seq, event_id, payload, snapshot)
  ), updated AS (
    UPDATE "${schema}".runs AS r SET status = 'created', last_seq = b.seq, epoch = 1, owner = 'own_bench',
      wake_at = NULL, updated_at = $7, snapshot = b.snapshot, head = NULL
    FROM batch AS b WHERE r.run_id = b.run_id AND r.last_seq = b.seq - 1 AND r.epoch = 1
    RETURNING r.run, b.seq, b.event_id, b.payload
  ), logged AS (
    INSERT INTO "${schema}".events(run, seq, event_id, type, emitted_at, epoch, late, payload)
    SELECT run, seq, event_id, $6::text, $7::bigint, 1, false, payload FROM updated
  )
  SELECT count(*) AS n FROM updated`;
}

function plainArray(values: readonly (string | number)[]): string {
  return `{${values.join(',')}}`;
}

function textArray(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`).join(',')}}`;
}

/**
 * Publishes of the client of NATS, with the sequence that the last message of the subject is expected to have, to a
 * stream that keeps files and does nothing else. A message has a header and a body of the size that the store's have.
 */
export async function rawNats(place: Place, runs: number): Promise<Appender> {
  const { head, body } = await oneMessage(place);
  const nc = await connect({ servers: place.url });
  const name = `${place.name}-floor`;
  const manager = await jetstreamManager(nc);
  await manager.streams.add({ name, subjects: [`${name}.>`], allow_direct: true });
  const js = jetstream(nc);
  const last = Array.from({ length: runs }, () => 0);
  const waiting: (() => void)[] = [];
  let flying = 0;
  const publish = async (run: number): Promise<void> => {
    if (flying >= BATCH * FLIGHTS) await new Promise<void>((resolve) => void waiting.push(resolve));
    flying += 1;
    const headers: MsgHdrs = newHeaders();
    headers.set('Rc-Head', head);
    const payload = body + JSON.stringify(EVENT);
    const expect = { lastSubjectSequence: last[run] ?? 0 };
    // As long as the id of a run.
    const subject = `${name}.e.run_${String(run).padStart(21, '0')}`;
    const { seq } = await js.publish(subject, payload, { headers, expect, timeout: 20_000 });
    last[run] = seq;
    flying -= 1;
    waiting.shift()?.();
  };
  return {
    append: publish,
    close: async () => {
      await manager.streams.delete(name);
      await nc.close();
    },
  };
}

/** The record of a run with one event, of the bench's kind. */
async function oneRun(
  place: Place,
): Promise<{ readonly runId: string; readonly snapshot: string }> {
  const stores = storesOf(place);
  const runtime = await createRuntime({ stores });
  const run = await runtime.open({ prompt: 'p'.repeat(100) });
  await run.record(EVENT);
  const record = await stores.events.get(run.id);
  await runtime.close();
  if (record === undefined) throw new Error('The run is not there.');
  return record;
}

/** What the store puts into one message, without the event. */
async function oneMessage(place: Place): Promise<{ readonly head: string; readonly body: string }> {
  const { runId } = await oneRun(place);
  const nc = await connect({ servers: place.url });
  const manager = await jetstreamManager(nc);
  const message = await manager.direct.getMessage(place.name, {
    last_by_subj: `${place.name}.e.${runId}`,
  });
  await nc.close();
  if (message === null) throw new Error('The message is not there.');
  const head = message.header.get('Rc-Head') + message.header.get('Rc-Write');
  const size = message.string().length - JSON.stringify(EVENT).length;
  return { head, body: 'b'.repeat(size) };
}
