import { expect, inject, it } from 'vitest';
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
