import { describe, expect, it } from 'vitest';
import { CheckpointAdapter, type CheckpointRequest } from '../support/seed-traces/checkpoints.ts';
import { BACKENDS, replay } from '../support/seed-traces/replay.ts';
import { readTraces, type Reply, Tally, type Trace } from '../support/seed-traces/traces.ts';

const line = { wf: 'w', run: 'r' };
const at = (run: string, step: number) => ({ workflow_id: 'w', run_id: run, super_step: step });
const saved = (run: string, label: string, values: object) =>
  ({ ok: true, v: { key: at(run, 1), label, values } }) as Reply;
const nothing: Reply = { ok: true, v: null };

/** The recorded traces never save a step twice, so this one is written out from the seed's source. */
const REPEATED_STEP: Trace<CheckpointRequest> = {
  family: 'checkpoints',
  seed: 0,
  ops: [
    [{ op: 'cp.save', ...line, step: 1, label: 'one', values: { a: 1 } }, nothing],
    [{ op: 'cp.save', ...line, step: 1, label: 'two', values: { a: 2 } }, nothing],
    [{ op: 'cp.load', ...line, step: 1 }, saved('r', 'one', { a: 1 })],
    [{ op: 'cp.latest', ...line }, saved('r', 'two', { a: 2 })],
    [
      { op: 'cp.list', ...line },
      { ok: true, v: [at('r', 1), at('r', 1)] },
    ],
    [
      { op: 'cp.fork', ...line, step: 1, edits: [['b', 9]], as: 'f' },
      { ok: true, v: '$f' },
    ],
    [{ op: 'cp.load', wf: 'w', run: '$f', step: 1 }, saved('$f', 'fork-of:r', { a: 1, b: 9 })],
    [{ op: 'cp.latest', wf: 'w', run: '$f' }, saved('$f', 'fork-of:r', { a: 1, b: 9 })],
    [{ op: 'cp.latest', ...line }, saved('r', 'two', { a: 2 })],
  ],
};

describe.each(BACKENDS)('checkpoints in %s', (name, create) => {
  const tally = new Tally();

  for (const trace of readTraces<CheckpointRequest>('checkpoints')) {
    it(`answer trace ${trace.seed} as the seed did, or as the rules say`, async () => {
      await using stores = await create();
      await replay(trace, new CheckpointAdapter(stores.checkpoints), tally);
    });
  }

  it('answer the newest version of a repeated step, where the seed answers the first', async () => {
    await using stores = await create();
    const answers = new Tally();
    await replay(REPEATED_STEP, new CheckpointAdapter(stores.checkpoints), answers);
    expect({ equal: answers.equal, ...answers.differing }).toEqual({
      equal: 6,
      'difference 5 (load answers the newest version)': 3,
    });
  });

  it('differ from the seed by nothing else', () => {
    console.log(
      `checkpoints in ${name}: ${tally.equal} replies equal, differing:`,
      tally.differing,
    );
    expect(tally.total).toBe(326);
    expect({ equal: tally.equal, ...tally.differing }).toMatchInlineSnapshot(`
      {
        "equal": 314,
        "rule: list is in order of super-step, then version": 12,
      }
    `);
  });
});
