import { connect } from '@nats-io/transport-node';
import { expect, inject, it } from 'vitest';
import { GroupWriter } from '../../src/stores/nats/group-writer.ts';
import { type Draft, Journal } from '../../src/stores/nats/journal.ts';
import { Requests } from '../../src/stores/nats/requests.ts';
import { subjectsOf } from '../../src/stores/nats/subjects.ts';
import { nats } from '../../src/stores/nats/index.ts';
import type { Stores } from '../../src/stores/index.ts';
import { commitOf } from '../../src/testing/cases/builders.ts';
import { startNatsServer } from '../support/nats/nats-server.ts';

const { url } = inject('nats');

async function openAt(servers: string, name: string): Promise<Stores> {
  const stores = nats({ servers, name, syncAlways: true });
  await stores.open();
  return stores;
}

it('of commits that go as one batch, one that others were ahead of leaves the rest alone', async () => {
  const name = `group-${process.pid}`;
  const [here, there] = [await openAt(url, name), await openAt(url, name)];
  try {
    const ids = Array.from({ length: 100 }, (_, n) => `run_${n}`);
    const created = await here.events.append(ids.map((id) => commitOf(id, 0)));
    expect(new Set(created.map(({ kind }) => kind))).toEqual(new Set(['stored']));
    const { lastSeq = 0 } = (await here.events.get('run_50')) ?? {};
    // Sent at the same time: nobody has heard of the other yet.
    const [outcomes, [other]] = await Promise.all([
      here.events.append(ids.map((id) => commitOf(id, lastSeq))),
      there.events.append([commitOf('run_50', lastSeq)]),
    ]);
    const kinds = outcomes.map(({ kind }) => kind);
    expect(kinds.filter((_, n) => n !== 50)).toEqual(Array.from({ length: 99 }, () => 'stored'));
    expect(new Set([kinds[50], other?.kind])).toEqual(new Set(['refused', 'stored']));
    for (const id of ids) expect((await there.events.get(id))?.lastSeq).toBe(2 * lastSeq);
  } finally {
    await here.close();
    await there.close();
  }
});

it('of two batches that meet, each commit is stored once, and none is refused that nobody was ahead of', async () => {
  const name = `meeting-${process.pid}`;
  const [here, there] = [await openAt(url, name), await openAt(url, name)];
  try {
    const ids = Array.from({ length: 90 }, (_, n) => `run_${n}`);
    await here.events.append(ids.map((id) => commitOf(id, 0)));
    const { lastSeq = 0 } = (await here.events.get('run_0')) ?? {};
    const [mine, theirs] = [ids.slice(0, 60), ids.slice(30)];
    const [outcomes, others] = await Promise.all([
      here.events.append(mine.map((id) => commitOf(id, lastSeq))),
      there.events.append(theirs.map((id) => commitOf(id, lastSeq))),
    ]);
    const storedOf = (asked: readonly string[], told: typeof outcomes): readonly string[] =>
      asked.filter((_, n) => told[n]?.kind === 'stored');
    const stored = [...storedOf(mine, outcomes), ...storedOf(theirs, others)];
    expect(stored.toSorted()).toEqual(ids.toSorted());
    for (const id of ids) expect((await there.events.get(id))?.lastSeq).toBe(2 * lastSeq);
  } finally {
    await here.close();
    await there.close();
  }
});

it('a batch that is refused tells who was late, so that the rest is stored with the next one', async () => {
  const name = `refused-${process.pid}`;
  await (await openAt(url, name)).close();
  const nc = await connect({ servers: url });
  const requests = new Requests(nc, 3_000);
  try {
    const journal = new Journal(requests, { stream: name, maxBody: 1_000_000, limitMs: 10_000 });
    const sizes: number[] = [];
    const write = (drafts: readonly Draft[]): ReturnType<Journal['write']> => {
      sizes.push(drafts.length);
      return journal.write(drafts);
    };
    const draft = (n: number): Draft => ({
      subject: subjectsOf(name).run(`run_${n}`),
      body: '{}',
      expect: { seq: 0 },
    });
    for (const n of [3, 50]) expect((await journal.write([draft(n)])).kind).toBe('stored');
    const group = new GroupWriter({ write }, false);
    const written = await Promise.all(
      Array.from({ length: 200 }, (_, n) => group.write([draft(n)])),
    );
    const late = written.flatMap(({ kind }, n) => (kind === 'conflict' ? [n] : []));
    expect(late).toEqual([3, 50]);
    expect(sizes).toEqual([200, 198]);
  } finally {
    requests.close();
    await nc.close();
  }
});

it('a batch is acknowledged with one answer, whatever its size', async () => {
  await using server = await startNatsServer();
  const stores = await openAt(server.url, 'group');
  try {
    const answers = async (): Promise<number> => {
      const answer = await fetch(`${server.monitor}/varz`);
      return ((await answer.json()) as { out_msgs: number }).out_msgs;
    };
    const before = await answers();
    await stores.events.append(Array.from({ length: 200 }, (_, n) => commitOf(`run_${n}`, 0)));
    // One of each that tells of what is stored, and a few that have nothing to do with it.
    expect((await answers()) - before).toBeLessThan(230);
  } finally {
    await stores.close();
  }
});
