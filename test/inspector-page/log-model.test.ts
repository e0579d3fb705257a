import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countUntil, LogModel } from '../../src/inspector/page/run/log-model.ts';
import { foldLog } from '../../src/machines/index.ts';
import { runs } from '../support/runs.ts';
import { logOf } from '../support/envelopes.ts';

const STEP = { stepId: 'a#1', name: 'a' };
const LOG = logOf([
  { type: 'attempt.started', attempt: 1, owner: 'one' },
  { type: 'planning.started' },
  { type: 'run.started' },
  { type: 'step.started', ...STEP },
  {
    type: 'step.failed',
    ...STEP,
    error: { name: 'Error', message: 'no' },
    tries: 1,
    retryAtMs: 99,
  },
  { type: 'step.completed', ...STEP, result: 7 },
  { type: 'run.completed', result: 'done' },
  { type: 'log', level: 'info', message: 'too late' },
]);

function modelOf(log: typeof LOG, batches: readonly number[] = [log.length]): LogModel {
  const model = new LogModel();
  let from = 0;
  for (const size of batches) {
    model.add(log.slice(from, from + size));
    from += size;
  }
  model.add(log.slice(from));
  return model;
}

describe('the log in the page', () => {
  it('knows at each event what the fold of the log up to there is', () => {
    const types = [
      'tool.started',
      'step.started',
      'verification.started',
      'heartbeat',
      'run.failed',
    ];
    const logs = fc.array(fc.constantFrom(...types), { maxLength: 700 });
    fc.assert(
      fc.property(logs, fc.array(fc.nat(300), { maxLength: 4 }), (names, batches) => {
        const events = names.map((type) =>
          type === 'run.failed' ? { type, error: { name: 'Error', message: 'x' } } : { type },
        );
        const log = logOf([{ type: 'run.started' }, ...events]);
        const model = modelOf(log, batches);
        expect(model.lastSeq).toBe(log.length);
        for (const seq of [1, 2, 255, 256, 257, 512, 513, log.length]) {
          if (seq > log.length) continue;
          expect(model.at(seq)).toEqual(foldLog(log.slice(0, seq)));
        }
      }),
      { numRuns: runs(50) },
    );
  });

  it('takes no event twice, and none before its turn', () => {
    const model = modelOf(LOG.slice(0, 4));
    model.add(LOG.slice(2, 4));
    model.add(LOG.slice(5));
    expect(model.lastSeq).toBe(4);
    model.add(LOG.slice(3));
    expect(model.events.map(({ seq }) => seq)).toEqual(LOG.map(({ seq }) => seq));
  });

  it('tells the moves of the run, and the one that decided its end', () => {
    const { moves, end } = modelOf(LOG);
    expect(moves.map(({ seq, to }) => [seq, to])).toEqual([
      [1, 'created'],
      [3, 'planning'],
      [4, 'executing'],
      [8, 'completed'],
    ]);
    expect(end?.seq).toBe(8);
    expect(countUntil(moves, 7)).toBe(3);
  });

  it('finds the last event at an instant', () => {
    const model = modelOf(LOG);
    for (const { seq, emittedAtMs } of LOG) {
      const last = LOG.findLast((other) => other.emittedAtMs <= emittedAtMs);
      expect(model.seqAtMs(emittedAtMs)).toBe(last?.seq ?? seq);
    }
    expect(model.seqAtMs(0)).toBe(1);
    expect(model.seqAtMs(Number.MAX_SAFE_INTEGER)).toBe(LOG.length);
  });

  it('begins in the middle where the head of the log was cut', () => {
    const model = new LogModel(foldLog(LOG.slice(0, 4)));
    model.add(LOG.slice(4));
    expect([model.firstSeq, model.lastSeq]).toEqual([5, LOG.length]);
    expect(model.at(LOG.length)).toEqual(foldLog(LOG));
    expect(model.at(2)?.status).toBe('executing');
  });

  it('puts the tries of a step together, and marks one that died with its process as lost', () => {
    const [step] = modelOf(LOG).parts.steps;
    expect(step?.tries.map(({ outcome }) => outcome)).toEqual(['failed', 'completed']);
    const crashed = logOf([
      { type: 'run.started' },
      { type: 'step.started', ...STEP },
      { type: 'attempt.started', attempt: 2, owner: 'two' },
      { type: 'step.started', ...STEP },
    ]);
    const [again] = modelOf(crashed).parts.steps;
    expect(again?.tries.map(({ outcome }) => outcome)).toEqual(['lost', 'running']);
  });
});
