import assert from 'node:assert/strict';
import type { BlobRef, Stores } from '../../stores/index.ts';
import { crashableStores } from '../crashable-stores.ts';
import { checkpointOf, commitOf, eventOf, fill, FINAL, outputOf, rejectsWith } from './builders.ts';
import type { CaseStage, StoreCase } from './store-case.ts';

/** Closes the stores, and opens another handle on their place. */
async function reopened(stage: CaseStage, stores: Stores): Promise<Stores> {
  await stores.close();
  return stage.another(stores);
}

const bytes = (text: string): AsyncIterable<Uint8Array> =>
  (async function* content() {
    yield Buffer.from(text);
  })();

async function textOf({ blobs }: Stores, { sha256 }: BlobRef): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await blobs.read(sha256)) chunks.push(chunk);
  return String(Buffer.concat(chunks));
}

/** What a run was told that is stored, as checks of it. */
type Check = (stores: Stores) => Promise<void>;

/** The life of a run, write by write. Each answers how to find out that it is there. */
function lifeOf(runId: string): readonly ((stores: Stores) => Promise<Check>)[] {
  const keyed = commitOf(runId, 1, { idempotencyKey: 'k', count: 2 });
  const line = { definition: 'writer', runId };
  const logged =
    (seq: number): Check =>
    async ({ events }) => {
      assert.ok(((await events.get(runId))?.lastSeq ?? 0) >= seq, `event ${seq} is in the log`);
    };
  return [
    async ({ events }) => {
      const [outcome] = await events.append([commitOf(runId, 0, { idempotencyKey: runId })]);
      assert.equal(outcome?.kind, 'stored');
      return logged(1);
    },
    async ({ blobs }) => {
      const ref = await blobs.put(bytes(`content of ${runId}`));
      return async (stores) => assert.equal(await textOf(stores, ref), `content of ${runId}`);
    },
    async ({ outputs }) => {
      const output = outputOf(`out of ${runId}`, { runId, taskId: runId, event: FINAL });
      await outputs.append(output);
      return async ({ outputs }) => assert.deepEqual(await outputs.get(output.id), output);
    },
    async ({ checkpoints }) => {
      await checkpoints.save(checkpointOf(1, { runId }));
      return async ({ checkpoints }) =>
        assert.deepEqual((await checkpoints.load({ ...line, superStep: 1 }))?.values, { step: 1 });
    },
    async ({ events }) => {
      const [outcome] = await events.append([keyed]);
      assert.equal(outcome?.kind, 'stored');
      return async ({ events }) =>
        assert.deepEqual(await events.findByKey(runId, 'k'), keyed.events);
    },
    async ({ checkpoints }) => {
      const from = { superStep: 1, version: 1 };
      const patch = [['more', { op: 'set', value: true }]] as const;
      const values = { step: 1, more: true };
      await checkpoints.save(checkpointOf(2, { runId, values, change: { from, patch } }));
      return async ({ checkpoints }) =>
        assert.deepEqual((await checkpoints.latest(line))?.values, values);
    },
    async ({ events }) => {
      const [outcome] = await events.append([commitOf(runId, 3)]);
      assert.equal(outcome?.kind, 'stored');
      return logged(4);
    },
  ];
}

/** Lives until it dies at the write with this number; answers the checks of what was acknowledged. */
async function liveUntil(stores: Stores, runId: string, writes: number): Promise<readonly Check[]> {
  const crashable = crashableStores(stores);
  const dead = crashable.crashAfter(writes).then((): undefined => undefined);
  const checks: Check[] = [];
  for (const write of lifeOf(runId)) {
    const check = await Promise.race([write(crashable.stores), dead]);
    if (check === undefined) break;
    checks.push(check);
  }
  return checks;
}

/** A log has no gap, ends where its record says, and can be gone on with. */
async function goesOn(stores: Stores, runId: string): Promise<void> {
  const { events } = stores;
  const record = await events.get(runId);
  assert.ok(record !== undefined, `${runId} is there`);
  const { events: log } = await events.read(runId, { limit: 99 });
  assert.deepEqual(
    log,
    Array.from({ length: record.lastSeq }, (_, n) => eventOf(n + 1)),
  );
  const [again] = await events.append([
    commitOf(`other than ${runId}`, 0, { idempotencyKey: runId }),
  ]);
  assert.equal(again?.kind === 'repeat' ? again.runId : again?.kind, runId);
  const next = await events.append([commitOf(runId, record.lastSeq)]);
  assert.deepEqual(next, [{ kind: 'stored' }]);
}

async function crashAtEachWrite(
  stores: Stores,
  afterwards: (stores: Stores) => Promise<Stores>,
): Promise<void> {
  const runs = lifeOf('run').map((_, n) => ({ runId: `run dying at ${n + 1}`, writes: n + 1 }));
  const checks = await Promise.all(
    runs.map(({ runId, writes }) => liveUntil(stores, runId, writes)),
  );
  assert.deepEqual(
    checks.map(({ length }) => length),
    runs.map(({ writes }) => writes - 1),
    'writes that were acknowledged',
  );
  const later = await afterwards(stores);
  for (const check of checks.flat()) await check(later);
  for (const { runId } of runs) await goesOn(later, runId);
}

/** What outlives whoever wrote it: of the stores as a whole. */
export const reopenCases: readonly StoreCase[] = [
  {
    name: 'another handle on the place, opened after a close, has the runs as they were',
    requires: 'durable',
    run: async (stage) => {
      const before = await stage.create();
      await fill(before.events, 'run_1', 3);
      await fill(before.events, 'run_2', 5);
      await before.events.append([commitOf('run_1', 3, { idempotencyKey: 'k' })]);
      await before.events.cut('run_2', 2, '{"at":2}');
      const listed = await before.events.list({ limit: 9 });
      const secret = await before.events.secret();
      const after = await reopened(stage, before);
      assert.deepEqual(await after.events.list({ limit: 9 }), listed);
      assert.deepEqual(await after.events.findByKey('run_1', 'k'), [eventOf(4)]);
      const { events, firstSeq, base } = await after.events.read('run_2', { limit: 9 });
      assert.deepEqual([events.length, firstSeq, base], [3, 3, '{"at":2}']);
      assert.equal(await after.events.secret(), secret);
      const [repeat] = await after.events.append([commitOf('run_1', 4, { idempotencyKey: 'k' })]);
      assert.deepEqual(repeat, { kind: 'repeat', runId: 'run_1', events: [eventOf(4)] });
      await fill(after.events, 'run_3', 1);
      const runs = (await after.events.list({ limit: 1 })).runs;
      assert.equal(runs[0]?.runId, 'run_3', 'a run that is created later is newer');
    },
  },
  {
    name: 'an owner that ended without release is not alive for a handle that is opened later',
    requires: 'durable',
    run: async (stage) => {
      const before = await stage.create();
      await before.events.enlist('own_1');
      const after = await reopened(stage, before);
      assert.equal(await after.events.isAlive('own_1'), false);
      await (await after.events.enlist('own_1')).release();
    },
  },
  {
    name: 'what was acknowledged before its writer died is there, at whichever write it died',
    run: async ({ create }) => crashAtEachWrite(await create(), async (stores) => stores),
  },
  {
    name: 'what was acknowledged before its writer died is there for a handle that is opened later',
    requires: 'durable',
    run: async (stage) =>
      crashAtEachWrite(await stage.create(), (stores) => reopened(stage, stores)),
  },
  {
    name: 'another handle on the place, opened after a close, has outputs, checkpoints and contents',
    requires: 'durable',
    run: async (stage) => {
      const before = await stage.create();
      const output = outputOf('out_1', { event: FINAL });
      await before.outputs.append(output);
      await before.checkpoints.save(checkpointOf(1, { label: 'one' }));
      await before.checkpoints.save(checkpointOf(1, { label: 'two' }));
      const ref = await before.blobs.put(bytes('kept'));
      const after = await reopened(stage, before);
      assert.deepEqual(await after.outputs.get('out_1'), output);
      await rejectsWith('ATTEMPT_CLOSED', after.outputs.append({ ...output, id: 'out_2' }));
      await rejectsWith('OUTPUT_EXISTS', after.outputs.append(output));
      const last = await after.checkpoints.latest({ definition: 'writer', runId: 'run_1' });
      assert.deepEqual([last?.label, last?.version], ['two', 2]);
      assert.equal(await textOf(after, ref), 'kept');
    },
  },
];
