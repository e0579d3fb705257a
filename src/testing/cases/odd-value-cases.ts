import assert from 'node:assert/strict';
import type { Json } from '../../json.ts';
import type { ChannelValues, OutputEvent } from '../../stores/index.ts';
import { checkpointOf, commitOf, eventOf, ODD_STRINGS, outputOf } from './builders.ts';
import type { StoreCase } from './store-case.ts';

const DEPTH = 500;
const MIB = 1024 * 1024;

/** JSON texts that careless code changes, cuts or trips over, by what is odd about them. */
const ODD_TEXTS: Readonly<Record<string, string>> = {
  'lone surrogates': '{"a":"\\ud800","b":"x\\udc00y"}',
  'members of every object':
    '{"__proto__":{"x":1},"constructor":2,"toString":3,"hasOwnProperty":4}',
  'deep lists': '['.repeat(DEPTH) + ']'.repeat(DEPTH),
  'deep objects': '{"a":'.repeat(DEPTH) + 'null' + '}'.repeat(DEPTH),
  'big and small numbers':
    '[9007199254740992,9007199254740994,-9007199254740992,1e308,5e-324,-0.5]',
  'nothing in them': '{"":"","a":{},"b":[],"c":null}',
  'NUL characters': '{"a\\u0000b":"\\u0000","c":"x\\u0000y"}',
  'control characters': JSON.stringify('\u0001\u001f\u007f\u2028\u2029\ufeff\ufffe\uffff'),
  'a mebibyte of text': JSON.stringify('naïve 🏃 '.repeat(MIB / 8).slice(0, MIB)),
  'a mebibyte of members': JSON.stringify(
    Array.from({ length: MIB / 16 }, (_, n) => `member ${n}`),
  ),
  'numbers for names': '{"1":"one","0":"zero","-1":"less"}',
};

/** The same as values. */
const ODD_VALUES: readonly (readonly [what: string, value: Json])[] = Object.entries(ODD_TEXTS).map(
  ([what, text]) => [what, JSON.parse(text) as Json],
);

/** Without a diff of what may be a mebibyte. */
function assertSameJson(actual: unknown, expected: unknown, what: string): void {
  assert.ok(JSON.stringify(actual) === JSON.stringify(expected), `${what}: kept as it was given`);
}

/** What is kept of events, whatever they hold and whenever they say that they happened. */
export const eventValueCases: readonly StoreCase[] = [
  {
    name: 'payloads, snapshots and bases of any JSON text are kept to the character',
    run: async ({ shared }) => {
      const { events } = await shared();
      const texts = {
        ...ODD_TEXTS,
        'minus zero, and numbers beyond 2^53': '[-0,-0.0,1e400,9007199254740993,1E+2, 0.10]',
        'the same name twice, and blanks': ' {"a":1,\n\t"a":2} ',
      };
      for (const [what, payload] of Object.entries(texts)) {
        const run = { snapshot: payload };
        const commit = commitOf(what, 0, { event: { payload }, run, count: 2 });
        assert.deepEqual(await events.append([commit]), [{ kind: 'stored' }], what);
        await events.cut(what, 1, payload);
        const page = await events.read(what, { limit: 9 });
        assert.ok(page.events[0]?.payload === payload, `${what}: the payload is as it was given`);
        assert.ok(page.base === payload, `${what}: the base is as it was given`);
        const record = await events.get(what);
        assert.ok(record?.snapshot === payload, `${what}: the snapshot is as it was given`);
      }
    },
  },
  {
    name: 'a clock that goes back changes nothing: instants are what was given, and order is by seq',
    run: async ({ create }) => {
      const { events, outputs, checkpoints } = await create();
      const instants = [5_000, 3_000, 4_000, 0, 3_000];
      const atOf = (seq: number): number => instants[seq - 1] ?? 0;
      for (let seq = 1; seq <= instants.length; seq += 1) {
        const emittedAtMs = atOf(seq);
        const run = { updatedAtMs: emittedAtMs, createdAtMs: 5_000 };
        await events.append([commitOf('run_1', seq - 1, { event: { emittedAtMs }, run })]);
        await events.append([commitOf(`run_of_${seq}`, 0, { run: { createdAtMs: emittedAtMs } })]);
        await outputs.append(outputOf(`out_${seq}`, { createdAtMs: emittedAtMs }));
        await checkpoints.save(checkpointOf(1, { createdAtMs: emittedAtMs }));
      }
      const { events: log } = await events.read('run_1', { limit: 9 });
      assert.deepEqual(
        log,
        instants.map((emittedAtMs, n) => eventOf(n + 1, { emittedAtMs })),
      );
      assert.equal((await events.get('run_1'))?.updatedAtMs, 3_000);
      const listed = (await events.list({ limit: 9 })).runs.map(({ runId }) => runId);
      assert.deepEqual(listed, [
        'run_of_5',
        'run_of_4',
        'run_of_3',
        'run_of_2',
        'run_of_1',
        'run_1',
      ]);
      assert.equal((await outputs.latestByProducer('writer'))?.id, 'out_5');
      const last = await checkpoints.latest({ definition: 'writer', runId: 'run_1' });
      assert.deepEqual([last?.version, last?.createdAtMs], [5, 3_000]);
    },
  },
  {
    name: 'instants far away and negative ones come back as they were',
    run: async ({ shared }) => {
      const { events } = await shared();
      const instants = [0, -1, 8_640_000_000_000_000, Number.MAX_SAFE_INTEGER];
      for (const [n, emittedAtMs] of instants.entries()) {
        await events.append([commitOf('run_1', n, { event: { emittedAtMs } })]);
      }
      const { events: log } = await events.read('run_1', { limit: 9 });
      assert.deepEqual(
        log.map((event) => event.emittedAtMs),
        instants,
      );
    },
  },
  {
    name: 'owners of any characters are alive each on its own',
    run: async ({ create }) => {
      const { events } = await create();
      const leases = [];
      for (const odd of ODD_STRINGS) {
        assert.equal(await events.isAlive(odd), false, `${odd} is not alive yet`);
        leases.push(await events.enlist(odd));
        assert.equal(await events.isAlive(odd), true, `${odd} is alive`);
      }
      for (const lease of leases) {
        await lease.release();
        assert.equal(await events.isAlive(lease.ownerId), false, `${lease.ownerId} is gone`);
      }
    },
  },
];

/** What is kept of outputs, whatever they hold. */
export const outputValueCases: readonly StoreCase[] = [
  {
    name: 'odd and huge values of outputs are kept as JSON keeps them',
    run: async ({ shared }) => {
      const { outputs } = await shared();
      for (const [what, value] of ODD_VALUES) {
        const event: OutputEvent = { type: 'partial', chunk: { kind: 'inline', value } };
        await outputs.append(outputOf(what, { event }));
        assertSameJson((await outputs.get(what)).event, event, what);
      }
    },
  },
];

/** What is kept of checkpoints, whatever they hold. */
export const checkpointValueCases: readonly StoreCase[] = [
  {
    name: 'odd and huge values of channels are kept as JSON keeps them, whole and as changes',
    run: async ({ shared }) => {
      const { checkpoints } = await shared();
      const line = { definition: 'writer', runId: 'run_1' };
      const before: ChannelValues = { kept: 'x'.repeat(100) };
      await checkpoints.save(checkpointOf(0, { values: before }));
      for (const [n, [what, value]] of ODD_VALUES.entries()) {
        const values = { ...before, [what]: value };
        const from = { superStep: 0, version: 1 };
        const change = { from, patch: [[what, { op: 'set', value }]] as const };
        await checkpoints.save(checkpointOf(n + 1, { values, change }));
        await checkpoints.save(checkpointOf(n + 1, { runId: 'run_2', values }));
        for (const runId of ['run_1', 'run_2']) {
          assertSameJson((await checkpoints.latest({ ...line, runId }))?.values, values, what);
        }
      }
    },
  },
  {
    name: 'channels have any name, those that every object has among them',
    run: async ({ shared }) => {
      const { checkpoints } = await shared();
      const pairs = ODD_STRINGS.map((odd, n) => [odd, n] as const);
      const values: ChannelValues = Object.fromEntries(pairs);
      await checkpoints.save(checkpointOf(1, { values: {} }));
      const patch = pairs.map(([odd, value]) => [odd, { op: 'set', value }] as const);
      const change = { from: { superStep: 1, version: 1 }, patch };
      await checkpoints.save(checkpointOf(2, { values, change }));
      const loaded = await checkpoints.latest({ definition: 'writer', runId: 'run_1' });
      assert.deepEqual(Object.entries(loaded?.values ?? {}), Object.entries(values));
    },
  },
];
