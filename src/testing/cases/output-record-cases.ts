import assert from 'node:assert/strict';
import type { OutputEvent } from '../../stores/index.ts';
import { FINAL, idsOf, ODD_STRINGS, outputOf, rejectsWith } from './builders.ts';
import type { StoreCase } from './store-case.ts';

function artifact(name: string): OutputEvent {
  return { type: 'artifact', name, content: { kind: 'inline', value: null } };
}

/** What is kept of outputs, and how it is found. */
export const recordCases: readonly StoreCase[] = [
  {
    name: 'an output of every kind comes back as it was',
    run: async ({ shared }) => {
      const { outputs } = await shared();
      const file = {
        kind: 'file',
        path: 'a/b.txt',
        mime: 'text/plain',
        size: 3,
        sha256: 'abc',
      } as const;
      const events: OutputEvent[] = [
        { type: 'progress', stage: 's', note: 'n' },
        { type: 'progress', stage: 's' },
        { type: 'partial', chunk: { kind: 'inline', value: [1, { a: null }] } },
        { type: 'artifact', name: 'report', content: file },
        FINAL,
      ];
      for (const [i, event] of events.entries())
        await outputs.append(outputOf(`out_${i}`, { event }));
      for (const [i, event] of events.entries()) {
        assert.deepEqual(await outputs.get(`out_${i}`), outputOf(`out_${i}`, { event }));
      }
    },
  },
  {
    name: 'values are kept exactly as JSON keeps them',
    run: async ({ shared }) => {
      const { outputs } = await shared();
      const text = `{"b":1,"a":9007199254740992,"__proto__":{"x":1},"c":"\\ud800\\u0000 é 🏃","d":-1e-7}`;
      const value: unknown = JSON.parse(text);
      const event = { type: 'partial', chunk: { kind: 'inline', value } } as OutputEvent;
      await outputs.append(outputOf('out_1', { event }));
      const back = await outputs.get('out_1');
      assert.equal(JSON.stringify(back.event), JSON.stringify(event));
    },
  },
  {
    name: 'an unknown output rejects with OUTPUT_NOT_FOUND and its id; look-ups by name answer undefined',
    run: async ({ shared }) => {
      const { outputs } = await shared();
      const error = await rejectsWith('OUTPUT_NOT_FOUND', outputs.get('out_nope'));
      assert.match(error.message, /out_nope/);
      assert.equal(await outputs.latestByProducer('nobody'), undefined);
      assert.equal(await outputs.latestByArtifact('nothing', { runId: 'run_1' }), undefined);
      assert.deepEqual(await outputs.listForAttempt('task_1', 1), []);
      assert.deepEqual(await outputs.list({ runId: 'run_1', limit: 5 }), []);
    },
  },
  {
    name: 'parents must exist, or nothing is stored',
    run: async ({ shared }) => {
      const { outputs } = await shared();
      await outputs.append(outputOf('out_1'));
      const orphan = outputOf('out_2', { parentRefs: ['out_1', 'out_9'], event: FINAL });
      await rejectsWith('OUTPUT_NOT_FOUND', outputs.append(orphan));
      await rejectsWith('OUTPUT_NOT_FOUND', outputs.get('out_2'));
      await outputs.append({ ...orphan, parentRefs: ['out_1', 'out_1'] });
      assert.deepEqual((await outputs.get('out_2')).parentRefs, ['out_1', 'out_1']);
    },
  },
  {
    name: 'outputs appended in one go may name each other as parents, in order',
    run: async ({ shared }) => {
      const { outputs } = await shared();
      await Promise.all([
        outputs.append(outputOf('out_1')),
        outputs.append(outputOf('out_2', { parentRefs: ['out_1'] })),
        outputs.append(outputOf('out_3', { parentRefs: ['out_2'] })),
      ]);
      assert.deepEqual((await outputs.get('out_3')).parentRefs, ['out_2']);
    },
  },
  {
    name: 'a second final of an attempt is refused with ATTEMPT_CLOSED, another attempt is free',
    run: async ({ shared }) => {
      const { outputs } = await shared();
      await outputs.append(outputOf('out_1', { event: FINAL }));
      await rejectsWith('ATTEMPT_CLOSED', outputs.append(outputOf('out_2', { event: FINAL })));
      await outputs.append(outputOf('out_3'));
      await outputs.append(outputOf('out_4', { event: FINAL, attempt: 2 }));
      await outputs.append(outputOf('out_5', { event: FINAL, taskId: 'task_2' }));
      assert.deepEqual(idsOf(await outputs.listForAttempt('task_1', 1)), ['out_1', 'out_3']);
    },
  },
  {
    name: 'of many finals of one attempt at once exactly one is stored',
    run: async ({ shared }) => {
      const { outputs } = await shared();
      const appends = Array.from({ length: 12 }, (_, i) =>
        outputs.append(outputOf(`out_${i}`, { event: FINAL })),
      );
      const settled = await Promise.allSettled(appends);
      assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1);
      assert.equal((await outputs.listForAttempt('task_1', 1)).length, 1);
    },
  },
  {
    name: 'latest by producer and by artifact is the newest, within the run when asked',
    run: async ({ shared }) => {
      const { outputs } = await shared();
      const add = (id: string, runId: string, producer: string, event: OutputEvent) =>
        outputs.append(outputOf(id, { runId, producer, event }));
      await add('out_1', 'run_1', 'a', artifact('x'));
      await add('out_2', 'run_1', 'a', artifact('y'));
      await add('out_3', 'run_2', 'a', artifact('x'));
      await add('out_4', 'run_1', 'b', artifact('x'));
      await add('out_5', 'run_1', 'a', { type: 'progress', stage: 'x' });
      assert.equal((await outputs.latestByProducer('a'))?.id, 'out_5');
      assert.equal((await outputs.latestByProducer('a', {}))?.id, 'out_5');
      assert.equal((await outputs.latestByProducer('a', { runId: 'run_2' }))?.id, 'out_3');
      assert.equal(await outputs.latestByProducer('b', { runId: 'run_2' }), undefined);
      assert.equal((await outputs.latestByArtifact('x'))?.id, 'out_4');
      assert.equal((await outputs.latestByArtifact('x', { runId: 'run_2' }))?.id, 'out_3');
      assert.equal(await outputs.latestByArtifact('y', { runId: 'run_2' }), undefined);
    },
  },
  {
    name: 'a list is of one run, in order of insertion, after a given output, at most as long as asked',
    run: async ({ shared }) => {
      const { outputs } = await shared();
      for (let i = 1; i <= 6; i += 1) {
        await outputs.append(
          outputOf(`out_${i}`, { runId: i === 4 ? 'run_2' : 'run_1', createdAtMs: 9 - i }),
        );
      }
      const list = async (afterId: string | undefined, limit: number) =>
        idsOf(
          await outputs.list({
            runId: 'run_1',
            limit,
            ...(afterId === undefined ? {} : { afterId }),
          }),
        );
      assert.deepEqual(await list(undefined, 99), ['out_1', 'out_2', 'out_3', 'out_5', 'out_6']);
      assert.deepEqual(await list('out_2', 2), ['out_3', 'out_5']);
      assert.deepEqual(await list('out_6', 2), []);
      assert.deepEqual(await list(undefined, 0), []);
    },
  },
  {
    name: 'a list can begin with the newest, and goes on with older ones',
    run: async ({ shared }) => {
      const { outputs } = await shared();
      for (let i = 1; i <= 5; i += 1) {
        await outputs.append(outputOf(`out_${i}`, { runId: i === 3 ? 'run_2' : 'run_1' }));
      }
      const list = async (query: object) =>
        idsOf(await outputs.list({ runId: 'run_1', limit: 9, reverse: true, ...query }));
      assert.deepEqual(await list({}), ['out_5', 'out_4', 'out_2', 'out_1']);
      assert.deepEqual(await list({ limit: 2 }), ['out_5', 'out_4']);
      assert.deepEqual(await list({ limit: 2, afterId: 'out_4' }), ['out_2', 'out_1']);
      assert.deepEqual(await list({ afterId: 'out_1' }), []);
      await rejectsWith('OUTPUT_NOT_FOUND', list({ afterId: 'out_9' }));
    },
  },
  {
    name: 'names of any characters are kept apart',
    run: async ({ create }) => {
      const { outputs } = await create();
      for (const [i, odd] of ODD_STRINGS.entries()) {
        const event = artifact(odd);
        await outputs.append(
          outputOf(`out_${i}`, { producer: odd, taskId: odd, runId: odd, event }),
        );
      }
      for (const [i, odd] of ODD_STRINGS.entries()) {
        assert.equal((await outputs.latestByProducer(odd))?.id, `out_${i}`);
        assert.equal((await outputs.latestByArtifact(odd))?.id, `out_${i}`);
        assert.deepEqual(idsOf(await outputs.listForAttempt(odd, 1)), [`out_${i}`]);
        assert.deepEqual(idsOf(await outputs.list({ runId: odd, limit: 9 })), [`out_${i}`]);
      }
    },
  },
  {
    name: 'outputs outlive closing and opening',
    run: async ({ create }) => {
      const stores = await create();
      await stores.outputs.append(outputOf('out_1', { event: FINAL }));
      await stores.close();
      await stores.open();
      assert.deepEqual(await stores.outputs.get('out_1'), outputOf('out_1', { event: FINAL }));
      await rejectsWith(
        'ATTEMPT_CLOSED',
        stores.outputs.append(outputOf('out_2', { event: FINAL })),
      );
    },
  },
];
