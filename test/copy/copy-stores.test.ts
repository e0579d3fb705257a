import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { createRuntime, defineRun, type Stores } from '../../src/index.ts';
import { memory } from '../../src/stores/memory/index.ts';
import { sqlite } from '../../src/stores/sqlite/index.ts';
import { commitOf, outputOf } from '../../src/testing/cases/builders.ts';
import { crashableStores, wrapStores } from '../../src/testing/index.ts';
import { temporaryFile } from '../stores/backends.ts';
import { eventually } from '../support/runtime/helpers.ts';
import { household } from '../verification/support/household.ts';
import { copied, idsOf } from './support/copied.ts';

const opened: Stores[] = [];
afterEach(() => Promise.all(opened.splice(0).map((stores) => stores.close())));

async function open(stores: Stores): Promise<Stores> {
  await stores.open();
  opened.push(stores);
  return stores;
}

/** Two stores, the first with a run of every kind that nobody drives. */
async function pair(): Promise<{
  from: Stores;
  to: Stores;
  kinds: Awaited<ReturnType<typeof household>>;
}> {
  const from = await open(memory({ chain: true }));
  const kinds = await household(from);
  await kinds.runtime.close();
  return { from, to: await open(memory()), kinds };
}

describe('copyStores', () => {
  it('tells what it is going to do, and what it has done', async () => {
    const { from, to } = await pair();
    const { steps, ...report } = await copied(from, to);
    const events = steps.flatMap((step) => (step.kind === 'planned' ? [step.events] : []))[0];
    expect(steps[0]).toEqual({ kind: 'planned', runs: 5, there: 0, events });
    expect(steps.filter(({ kind }) => kind === 'compared')).toHaveLength(5);
    expect(report).toMatchObject({ copied: 5, there: 0, left: [], events, blobs: 1, ok: true });
    expect(report).toMatchObject({ blobBytes: 2_002, compared: 5, differences: [] });
  });

  it('copies checkpoints as they are, also of a channel that is gone in the next one', async () => {
    const { from, to } = await pair();
    const { runs } = await from.events.list({ limit: 1 });
    const line = { definition: 'of channels', runId: runs[0]?.runId ?? '', label: 'l' };
    const save = (superStep: number, values: Record<string, readonly number[]>) =>
      from.checkpoints.save({ ...line, superStep, createdAtMs: 5, values });
    await save(1, { kept: [1, 2], gone: [3] });
    await save(2, { kept: [1, 2] });
    expect(await copied(from, to)).toMatchObject({ ok: true, differences: [] });
    const there = await to.checkpoints.load({ ...line, superStep: 2, version: 1 });
    expect(there?.values).toEqual({ kept: [1, 2] });
  });

  it('leaves a run out that somebody drives, until nobody does', async () => {
    const { from, to } = await pair();
    const runtime = await createRuntime({ stores: from });
    const run = await runtime.open({ prompt: 'driven' });
    await run.record({ type: 'run.started' });
    const { left, ok, copied: runs } = await copied(from, to);
    expect([runs, ok, left.map(({ runId }) => runId)]).toEqual([5, false, [run.id]]);
    expect(left[0]?.why).toContain(`Run ${run.id} is driven in memory by `);
    expect(await to.events.get(run.id)).toBeUndefined();
    await run.complete('done');
    await runtime.close();
    expect(await copied(from, to)).toMatchObject({ copied: 1, there: 5, left: [], ok: true });
  });

  it('copies a run that is driven without its last event when it is told to, and brings that later', async () => {
    const { from, to } = await pair();
    const runtime = await createRuntime({ stores: from });
    const run = await runtime.open({ prompt: 'driven' });
    await run.record({ type: 'run.started' });
    await run.record({ type: 'tool.completed', tool: 'rake' });
    const { left } = await copied(from, to, { live: true });
    expect(left.map(({ runId }) => runId)).toEqual([run.id]);
    const half = await to.events.get(run.id);
    expect(half).toMatchObject({ lastSeq: 2, owner: null, wakeAtMs: null, status: 'executing' });
    await run.record({ type: 'tool.completed', tool: 'broom' });
    await copied(from, to, { live: true });
    expect(await to.events.get(run.id)).toMatchObject({ lastSeq: 3, owner: null });
    await run.complete('done');
    await runtime.close();
    expect(await copied(from, to)).toMatchObject({ copied: 1, there: 5, events: 2, ok: true });
  });

  it('copies a run whose owner has died as it is: it is taken over where it is opened next', async () => {
    const work = defineRun({ name: 'work', execute: ({ step }) => step('hang', () => hanging) });
    let hanging: Promise<unknown> = new Promise(() => {});
    const from = await open(memory());
    const crashable = crashableStores(from);
    const dying = await createRuntime({ stores: crashable.stores, definitions: [work] });
    const { id } = await dying.start('work');
    await eventually(async () => ((await from.events.get(id))?.lastSeq ?? 0) >= 3);
    await crashable.crash();
    const to = await open(memory());
    expect(await copied(from, to)).toMatchObject({ copied: 1, ok: true });
    expect((await to.events.get(id))?.owner).not.toBeNull();
    hanging = Promise.resolve('done');
    const runtime = await createRuntime({ stores: to, definitions: [work] });
    expect(await (await runtime.get(id)).result()).toBe('done');
    await runtime.close();
  });

  it('never overwrites a run that has gone on by itself in the target', async () => {
    const { from, to, kinds } = await pair();
    await copied(from, to);
    const runtime = await createRuntime({ stores: to });
    await (await runtime.get(kinds.parked)).cancel({ reason: 'here alone' });
    await runtime.close();
    const gone = await to.events.get(kinds.parked);
    const { left, ok, there } = await copied(from, to);
    expect([ok, there, left]).toEqual([
      false,
      4,
      [{ runId: kinds.parked, why: expect.stringContaining('it has gone on by itself') }],
    ]);
    const other = await createRuntime({ stores: from });
    const run = await other.get(kinds.parked);
    await run.cancel({ reason: 'there too' });
    await run.record({ type: 'log', level: 'info', message: 'and more' });
    await other.close();
    const again = await copied(from, to);
    expect(again.left[0]?.why).toContain('is another one in memory than in memory');
    expect(await to.events.get(kinds.parked)).toEqual(gone);
  });

  it('leaves a run out whose key has created another one in the target, and copies the others', async () => {
    const from = await open(memory());
    const to = await open(memory());
    await from.events.append([
      commitOf('run_0', 0),
      commitOf('run_1', 0, { idempotencyKey: 'k' }),
      commitOf('run_2', 0),
    ]);
    await to.events.append([commitOf('run_9', 0, { idempotencyKey: 'k' })]);
    const { left, copied: runs } = await copied(from, to, { verify: false });
    expect([runs, left.map(({ runId }) => runId)]).toEqual([2, ['run_1']]);
    expect(await idsOf(to)).toEqual(['run_9', 'run_0', 'run_2']);
  });

  it('takes the relatives along of a run that is named, and no others', async () => {
    const { from, to, kinds } = await pair();
    const { copied: runs, ok } = await copied(from, to, { runIds: [kinds.fork] });
    expect([runs, ok]).toEqual([3, true]);
    expect(await idsOf(to)).not.toContain(kinds.cancelled);
    const { sessionId } = (await from.events.get(kinds.cancelled))!;
    expect(await copied(from, to, { sessionId })).toMatchObject({ copied: 1, ok: true });
    expect(await to.events.get(kinds.parked)).toBeUndefined();
    const unknown = copied(from, to, { runIds: ['run_of_nobody'] });
    await expect(unknown).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
  });

  it('cuts a head here that was cut there since', async () => {
    const { from, to, kinds } = await pair();
    await copied(from, to);
    const runtime = await createRuntime({ stores: from });
    await runtime.prune({ keepEvents: 2, statuses: ['cancelled'] });
    await runtime.close();
    expect((await from.events.read(kinds.cancelled, { limit: 0 })).firstSeq).toBeGreaterThan(1);
    expect(await copied(from, to)).toMatchObject({ copied: 0, there: 5, ok: true });
  });

  it('is content with a child whose parent was pruned, and with outputs whose parents were', async () => {
    const from = await open(memory());
    await from.events.append([commitOf('run_1', 0), commitOf('run_2', 0)]);
    await from.outputs.append(outputOf('out_1', { runId: 'run_1' }));
    await from.outputs.append(outputOf('out_2', { runId: 'run_2', parentRefs: ['out_1'] }));
    await from.forget(['run_1']);
    const to = await open(memory());
    await copied(from, to, { verify: false });
    expect(await to.outputs.get('out_2')).toEqual(await from.outputs.get('out_2'));
    expect((await to.events.goneRuns()).pruned).toBeGreaterThan(0);
    expect(await idsOf(to)).toEqual(['run_2']);
  });

  it('holds the end of a run back that goes on while it is copied', async () => {
    const from = await open(memory());
    await from.events.append([commitOf('run_1', 0, { count: 3 }), commitOf('run_2', 0)]);
    await from.outputs.append(outputOf('out_1'));
    const to = await open(memory());
    const meddled = wrapStores(to, async ({ method }, proceed) => {
      if (method === 'outputs.import') await from.events.append([commitOf('run_1', 3)]);
      return proceed();
    });
    const { left } = await copied(from, meddled, { verify: false });
    expect(left.map(({ why }) => why)).toEqual([expect.stringContaining('has gone on in memory')]);
    expect((await to.events.get('run_1'))?.lastSeq).toBe(3);
    expect(await copied(from, to, { verify: false })).toMatchObject({ copied: 1, left: [] });
  });

  it('comes to the same end when two copies are made at once', async () => {
    const { from } = await pair();
    const path = await temporaryFile();
    const [one, two] = [sqlite(path), sqlite(path, { writer: 'inline' })];
    await Promise.all([copied(from, one), copied(from, two)]);
    expect(await copied(from, one)).toMatchObject({ copied: 0, there: 5, left: [], ok: true });
  });

  const damages: readonly (readonly [what: string, sql: string, told: RegExp])[] = [
    ['an event', "UPDATE events SET payload = payload || ' ' WHERE seq = 2", /log .*event 2/],
    ['a key', "UPDATE events SET idempotency_key = 'x' WHERE seq = 1", /log .*keys/],
    ['a record', 'UPDATE runs SET updated_at = 1', /The updatedAtMs of run/],
    ['an output', "UPDATE outputs SET producer = 'x'", /The output out_\S+ of run/],
    ['a missing output', 'DELETE FROM outputs', /The output out_\S+ of run/],
    ['a checkpoint', "UPDATE checkpoints SET label = 'x'", /The list of checkpoints of tidy/],
    [
      'values',
      "UPDATE checkpoints SET vals = '{}' WHERE base IS NULL",
      /The checkpoint 1, version 1/,
    ],
    ['a missing run', 'DELETE FROM runs', /is not in sqlite/],
  ];
  it.each(damages)('tells of %s that is not the same in the target', async (_, sql, told) => {
    const { from } = await pair();
    const path = await temporaryFile();
    const to = await open(sqlite(path));
    const damaged = wrapStores(to, async ({ method, args }, proceed) => {
      const answer = await proceed();
      const isLast = method === 'events.import' && (args[0] as unknown[]).length > 0;
      if (isLast) {
        const db = new DatabaseSync(path);
        db.exec(sql);
        db.close();
      }
      return answer;
    });
    const { differences, ok } = await copied(from, damaged);
    expect(ok).toBe(false);
    expect(differences.join('\n')).toMatch(told);
  });
});
