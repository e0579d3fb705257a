import { chmod, copyFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { RunchartError, type Runtime, type Stores, type Verification } from '../../src/index.ts';
import type { ReadOptions } from '../../src/stores/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { verifyAll, type VerifyOptions } from '../../src/verification/index.ts';
import { temporaryFile } from '../stores/backends.ts';
import { faultyStores, InjectedFault, wrapStores } from '../../src/testing/index.ts';
import { open } from '../support/runtime/helpers.ts';
import { household } from './support/household.ts';

const backends: Readonly<Record<string, () => Promise<Stores>>> = {
  memory: async () => memory(),
  sqlite: async () => sqlite(await temporaryFile(), { writer: 'inline' }),
};

async function all(runtime: Pick<Runtime, 'verifyAll'>, blobs = false): Promise<Verification[]> {
  const verifications: Verification[] = [];
  for await (const verification of runtime.verifyAll({ blobs })) verifications.push(verification);
  return verifications;
}

const fixture = async (name: string): Promise<string> => {
  const path = await temporaryFile();
  await copyFile(fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url)), path);
  await chmod(path, 0o644);
  return path;
};

describe.each(Object.entries(backends))('verify, on %s', (_, create) => {
  it('has nothing to say about runs of every kind', async () => {
    const { runtime } = await household(await create());
    for (const blobs of [false, true]) {
      const verifications = await all(runtime, blobs);
      expect(verifications).toHaveLength(5);
      for (const { problems, notes } of verifications) expect([problems, notes]).toEqual([[], []]);
    }
    await runtime.close();
  });

  it('answers for one run what it answers among all, and the same digest as long as nothing comes', async () => {
    const { runtime, cancelled } = await household(await create());
    const one = await runtime.verify(cancelled);
    expect((await all(runtime)).find(({ runId }) => runId === cancelled)).toEqual(one);
    expect(one).toMatchObject({
      ok: true,
      events: 6,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const run = await runtime.get(cancelled);
    await run.record({ type: 'log', level: 'info', message: 'later still' });
    expect((await runtime.verify(cancelled)).sha256).not.toBe(one.sha256);
    await runtime.close();
  });

  it('goes on after a prune: a child that outlived its parent is told of, and is no problem', async () => {
    const { runtime, parent, child, fork, cancelled } = await household(await create());
    await (await runtime.get(child)).record({ type: 'log', level: 'info', message: 'young again' });
    await runtime.prune({ definition: 'tidy' });
    expect((await all(runtime)).map(({ runId }) => runId)).not.toContain(parent);
    const { ok, notes } = await runtime.verify(child);
    expect(ok).toBe(true);
    expect(notes).toEqual([
      `Run ${child}: its parent ${parent} is not in the store any more: it was pruned.`,
    ]);
    expect(fork).not.toBe('');
    await runtime.prune({ statuses: ['cancelled'], keepEvents: 2 });
    expect(await runtime.verify(cancelled)).toMatchObject({ ok: true, events: 6, notes: [] });
    await runtime.close();
  });

  it('goes on after logs were cut: what their heads told of is not missed', async () => {
    const { runtime } = await household(await create());
    await runtime.prune({ keepEvents: 1, statuses: ['completed'] });
    for (const { problems } of await all(runtime, true)) expect(problems).toEqual([]);
    await runtime.close();
  });

  it('tells of an output whose giver was ended before it could tell of it, and finds no fault', async () => {
    const stores = await create();
    await using runtime = await open({ stores });
    const run = await runtime.open();
    await stores.outputs.append({
      id: 'out_1',
      runId: run.id,
      taskId: run.id,
      attempt: 1,
      producer: 'run',
      event: { type: 'progress', stage: 'half' },
      parentRefs: [],
      createdAtMs: Date.now(),
    });
    await run.cancel();
    expect(await runtime.verify(run.id)).toMatchObject({
      ok: true,
      notes: [expect.stringContaining('no event tells of output out_1')],
    });
  });

  it('looks beyond the first page of events, outputs and runs', async () => {
    await using runtime = await open({ stores: await create() });
    const run = await runtime.open();
    const notes = Array.from({ length: 1_100 }, (_, n) => run.outputs.progress(`${n}`));
    const records = await Promise.all(notes);
    await run.record({
      type: 'output.appended',
      outputId: 'out_x',
      kind: 'progress',
      producer: 'me',
    });
    await run.complete();
    for (let n = 0; n < 60; n += 1) await runtime.open();
    const verifications = await all(runtime);
    expect(verifications).toHaveLength(61);
    const last = verifications.at(-1);
    expect(last).toMatchObject({ runId: run.id, events: records.length + 3 });
    expect(last?.problems).toEqual([expect.stringContaining('seq 1102 tells of output out_x')]);
  });

  it('finds no fault with a log whose head is cut, or a run that is pruned, while it reads', async () => {
    const inner = await create();
    let meanwhile: (() => Promise<unknown>) | undefined;
    const stores = wrapStores(inner, async ({ method, args: [, options] }, proceed) => {
      const answer = await proceed();
      const isFirstPage = method === 'events.read' && (options as ReadOptions).limit === 1_000;
      if (isFirstPage) {
        const act = meanwhile;
        meanwhile = undefined;
        await act?.();
      }
      return answer;
    });
    await using runtime = await open({ stores });
    const run = await runtime.open();
    const type = 'text.delta';
    await Promise.all(Array.from({ length: 1_200 }, () => run.record({ type, delta: 'x' })));
    await run.complete();
    meanwhile = () => runtime.prune({ keepEvents: 10 });
    expect(await runtime.verify(run.id, { chain: true })).toMatchObject({ problems: [] });
    expect((await inner.events.read(run.id, { limit: 0 })).firstSeq).toBe(1_193);
    const other = await runtime.open();
    await Promise.all(Array.from({ length: 1_200 }, () => other.record({ type, delta: 'x' })));
    await other.complete();
    meanwhile = () => inner.forget([other.id]);
    expect((await all(runtime)).map(({ runId, ok }) => [runId, ok])).toEqual([[run.id, true]]);
  });

  it('calls nothing damaged that it could not ask for, and rejects instead', async () => {
    const inner = await create();
    const { runtime } = await household(inner);
    const faulty = faultyStores(inner);
    const stores = wrapStores(faulty.stores, async (_, proceed) => {
      try {
        return await proceed();
      } catch (error) {
        if (!(error instanceof InjectedFault)) throw error;
        throw new RunchartError('STORE_FAILED', error.message);
      }
    });
    const whole = { verifyAll: (options?: VerifyOptions) => verifyAll(stores, options) };
    let calls = 0;
    for (;;) {
      faulty.arm(calls + 1, 'once');
      const verified = await all(whole, true).catch((error: unknown) => error);
      if (!faulty.struck) break;
      calls += 1;
      expect(verified, `call ${calls}`).toMatchObject({ code: 'STORE_FAILED' });
    }
    expect(calls).toBeGreaterThan(20);
    await runtime.close();
  });

  it('is at peace with types and texts that stores write in another way', async () => {
    await using runtime = await open({ stores: await create() });
    const run = await runtime.open({ prompt: 'half \uD800 a pair' });
    await run.record({ type: 'half.\uD800', text: '\uD800' });
    expect(await runtime.verify(run.id)).toMatchObject({ problems: [], notes: [] });
  });

  it('says no more than twenty sentences and how many there are beyond, whatever is wrong', async () => {
    await using runtime = await open({ stores: await create() });
    const run = await runtime.open();
    for (let n = 0; n < 30; n += 1) {
      await run.record({
        type: 'output.appended',
        outputId: `out_${n}`,
        kind: 'final',
        producer: 'me',
      });
    }
    const { ok, problems } = await runtime.verify(run.id);
    expect(ok).toBe(false);
    expect(problems).toHaveLength(21);
    expect(problems[0]).toMatch(
      /^Run \S+: seq 2 tells of output out_0, which is not there; restore /,
    );
    expect(problems[20]).toBe(`Run ${run.id}: there are 10 more like these.`);
  });
});

describe('verify, of files of earlier versions', () => {
  it.each(['runs-v1.db', 'runs-v2.db'])('agrees with %s', async (name) => {
    const stores = sqlite(await fixture(name), { writer: 'inline' });
    await using runtime = await open({ stores, recovery: 'leave' });
    const verifications = await all(runtime, true);
    expect(verifications.length).toBeGreaterThan(2);
    for (const { problems, notes } of verifications) expect([problems, notes]).toEqual([[], []]);
  });

  it('agrees with a run of version 1 that was let go, before and after it is gone on with', async () => {
    const path = await fixture('runs-v1.db');
    const db = new DatabaseSync(path);
    // As version 1 did: it counted the event, and its snapshot had no place for more.
    db.exec(`
      INSERT INTO events(run, seq, event_id, type, emitted_at, epoch, late, payload)
        SELECT run, 3, 'evt_let_go', 'attempt.ended', updated_at, 2, 0,
          '{"type":"attempt.ended","attempt":1}' FROM runs WHERE status = 'created';
      UPDATE runs SET last_seq = 3, epoch = 2, owner = NULL,
        snapshot = replace(replace(snapshot, '"eventCount":2', '"eventCount":3'), '"epoch":1', '"epoch":2')
        WHERE status = 'created'`);
    const { run_id: runId } = db
      .prepare("SELECT run_id FROM runs WHERE status = 'created'")
      .get() as {
      run_id: string;
    };
    db.close();
    const stores = sqlite(path, { writer: 'inline' });
    await using runtime = await open({ stores, recovery: 'leave' });
    expect(await runtime.verify(runId)).toMatchObject({ ok: true, problems: [], events: 3 });
    const run = await runtime.get(runId);
    await run.record({ type: 'log', level: 'info', message: 'written by this version' });
    expect((await run.snapshot()).waiting).toBeNull();
    expect(await runtime.verify(runId)).toMatchObject({ ok: true, problems: [], events: 4 });
    await runtime.claim(runId);
    expect(await runtime.verify(runId)).toMatchObject({ ok: true, problems: [], events: 5 });
  });

  it('is not blind to a snapshot of version 1 that was changed', async () => {
    const path = await fixture('runs-v1.db');
    const db = new DatabaseSync(path);
    db.exec(`UPDATE runs SET snapshot = replace(snapshot, '"done":2', '"done":3')`);
    db.close();
    const stores = sqlite(path, { writer: 'inline' });
    await using runtime = await open({ stores, recovery: 'leave' });
    const bad = (await all(runtime)).filter(({ ok }) => !ok);
    expect(bad.map(({ problems }) => problems)).toEqual([
      [expect.stringContaining('the stored snapshot is not the fold of the log')],
    ]);
  });
});
