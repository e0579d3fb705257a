import { expect, it } from 'vitest';
import type { LoggedEvent, RunLog } from '../support/chaos/evidence.ts';
import { violationsOf } from '../support/chaos/judge.ts';
import type { Note } from '../support/chaos/paper.ts';

type Short = readonly [type: string, epoch: number, more?: Partial<LoggedEvent>];

function run(runId: string, events: readonly Short[], more: Partial<RunLog> = {}): RunLog {
  const log = events.map(([type, epoch, about], i): LoggedEvent => {
    const seq = i + 1;
    const event = { type };
    return {
      seq,
      eventId: `${runId}-${seq}`,
      type,
      atMs: seq,
      epoch,
      late: false,
      event,
      ...about,
    };
  });
  const ended = { status: 'cancelled', owner: null, lastSeq: log.length };
  const rest = { definition: null, sessionId: runId, problems: [] };
  return { runId, events: log, ...ended, ...rest, ...more };
}

const GOOD: readonly Short[] = [
  ['run.created', 1],
  ['attempt.started', 2, { event: { type: 'attempt.started', attempt: 1 } }],
  ['step.started', 2],
  ['run.cancelled', 3],
  ['step.completed', 3, { late: true }],
];

const rulesOf = (runs: readonly RunLog[], papers: Record<string, readonly Note[]> = {}) => [
  ...new Set(
    violationsOf({ runs, papers: new Map(Object.entries(papers)) }).map(({ rule }) => rule),
  ),
];
const without = (index: number): readonly Short[] => GOOD.filter((_, i) => i !== index);
const stored = (runId: string, seq: number, more: object = {}): Note => [
  'stored',
  1,
  { runId, seq, eventId: `${runId}-${seq}`, epoch: 2, type: 'note', ...more },
];
const seen = (seq: number, eventId = `a-${seq}`): Note => ['seen', 1, { runId: 'a', seq, eventId }];

it('a run as it should be is no violation', () => {
  const papers = {
    'worker-1': [stored('a', 3)],
    'subscriber-1': [1, 2, 3, 4].map((seq) => seen(seq)),
    'outsider-1': [['cancelled', 9, { runId: 'a', outcome: 'cancelled', seq: 4 }]] as const,
  };
  expect(rulesOf([run('a', GOOD)], papers)).toEqual([]);
});

it('a run that is not over, or over twice, or goes on after its end is found out', () => {
  expect(rulesOf([run('a', GOOD.slice(0, 3), { status: 'executing' })])).toEqual(['ended once']);
  expect(rulesOf([run('a', [...GOOD, ['run.cancelled', 3]])])).toEqual(['ended once']);
  expect(rulesOf([run('a', [...GOOD, ['note', 3]])])).toEqual(['ended once']);
  expect(rulesOf([run('a', GOOD, { status: 'completed' })])).toEqual(['ended once']);
  expect(rulesOf([run('a', GOOD, { owner: 'own_1' })])).toEqual(['ended once']);
});

it('a gap, a repeated event and a record that is not at the end of its log are found out', () => {
  expect(rulesOf([run('a', [...GOOD, ['note', 3, { late: true, seq: 7 }]])])).toEqual(['seq']);
  expect(rulesOf([run('a', [...GOOD, ['note', 3, { late: true, eventId: 'a-1' }]])])).toEqual([
    'seq',
  ]);
  expect(rulesOf([run('a', GOOD, { lastSeq: 6 })])).toEqual(['seq']);
});

it('what was acknowledged and is not there, or is another event, is found out', () => {
  const lost = { 'worker-1': [stored('a', 6)] };
  expect(rulesOf([run('a', GOOD)], lost)).toEqual(['nothing lost']);
  const other = { 'worker-1': [stored('a', 3, { eventId: 'a-x' })] };
  expect(rulesOf([run('a', GOOD)], other)).toEqual(['nothing lost']);
  expect(rulesOf([], { 'worker-1': [stored('b', 1)] })).toEqual(['nothing lost']);
});

it('an epoch that comes back, an attempt too many and two authors of one epoch are found out', () => {
  expect(rulesOf([run('a', [...without(3), ['note', 1], ['run.cancelled', 3]])])).toContain(
    'no stale append',
  );
  const twice: Short = ['attempt.started', 2, { event: { type: '', attempt: 1 } }];
  expect(rulesOf([run('a', [...GOOD.slice(0, 2), twice, ...GOOD.slice(3)])])).toEqual([
    'no stale append',
  ]);
  const papers = { 'worker-1': [stored('a', 2)], 'worker-2': [stored('a', 3)] };
  expect(rulesOf([run('a', GOOD)], papers)).toEqual(['no stale append']);
});

it('a step that ends twice is found out', () => {
  const end: Short = ['step.completed', 2, { event: { type: '', stepId: 'one' } }];
  expect(rulesOf([run('a', [...GOOD.slice(0, 3), end, end, ['run.cancelled', 3]])])).toEqual([
    'steps end once',
  ]);
});

it('a stream that leaves something out, adds something or ends too soon is found out', () => {
  for (const seqs of [[1, 2, 4], [2, 3, 4], [1, 2, 3], [1, 2, 2, 3, 4], []]) {
    const papers = { 'subscriber-1': seqs.map((seq) => seen(seq)) };
    expect(rulesOf([run('a', GOOD)], papers), seqs.join()).toEqual(['live is the log']);
  }
  const invented = { 'subscriber-1': [seen(1), seen(2, 'a-x'), seen(3), seen(4)] };
  expect(rulesOf([run('a', GOOD)], invented)).toEqual(['live is the log']);
});

it('two runs of one session at a time are found out, one after the other is well', () => {
  const second = GOOD.map(([type, epoch, more]): Short => [type, epoch, { ...more, atMs: 3 }]);
  const later = GOOD.map(([type, epoch, more]): Short => [type, epoch, { ...more, atMs: 4 }]);
  const [first, same] = [run('a', GOOD, { sessionId: 's' }), { sessionId: 's' }];
  expect(rulesOf([first, run('b', second, same)])).toEqual(['sessions in order']);
  expect(rulesOf([first, run('b', later, same)])).toEqual([]);
});

it('a worker that drives too much, a cancel that does not hold and what verify says are found out', () => {
  const crowded: Note = ['crowded', 1, { driven: 9, capacity: 8 }];
  expect(rulesOf([], { 'worker-1': [crowded] })).toEqual(['capacity']);
  const cancelled: Note = ['cancelled', 1, { runId: 'a', outcome: 'cancelled', seq: 3 }];
  expect(rulesOf([run('a', GOOD)], { 'outsider-1': [cancelled] })).toEqual(['cancels hold']);
  expect(rulesOf([run('a', GOOD, { problems: ['no fold'] })])).toEqual(['verified']);
});

it('a fact that was told as failed and is there, or as stored and is not, is found out', () => {
  const fact: Short = ['fact', 2, { event: { type: 'fact', mark: 'one' } }];
  const log = [...GOOD.slice(0, 3), fact, ['run.cancelled', 3]] as const;
  const told = (answer: 'stored' | 'failed' | 'unknown', mark: string) => ({
    'load-1': [['answered', 1, { runId: 'a', mark, answer }]] as const,
  });
  expect(rulesOf([run('a', log)], told('stored', 'one'))).toEqual([]);
  expect(rulesOf([run('a', log)], told('unknown', 'two'))).toEqual([]);
  expect(rulesOf([run('a', log)], told('failed', 'one'))).toEqual(['answers hold']);
  expect(rulesOf([run('a', log)], told('stored', 'two'))).toEqual(['answers hold']);
});

it('a run that failed, or came to another result than its code, is found out', () => {
  const end = (type: string, more: object): Short => [type, 3, { event: { type, ...more } }];
  const log = (last: Short) => [...GOOD.slice(0, 3), last];
  const chaos = { definition: 'chaos', status: 'completed' };
  expect(rulesOf([run('a', log(end('run.completed', { result: 1 })), chaos)])).toEqual(['result']);
  const failed = { ...chaos, status: 'failed' };
  expect(rulesOf([run('a', log(end('run.failed', { error: {} })), failed)])).toEqual(['result']);
});
