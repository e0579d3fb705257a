import { describe, expect, it } from 'vitest';
import {
  ExplanationOfLog,
  explanationUntil,
} from '../../src/inspector/page/run/log-explanation.ts';
import { LogModel } from '../../src/inspector/page/run/log-model.ts';
import { explainLog, type LogExplanation, type RunEvent } from '../../src/machines/index.ts';
import { fold, logOf } from '../support/envelopes.ts';

const EVENTS: readonly RunEvent[] = [
  { type: 'log', message: 'a' },
  { type: 'log', message: 'b' },
  { type: 'run.started' },
  { type: 'run.started' },
  { type: 'log', message: 'c' },
  { type: 'log', message: 'd' },
  { type: 'run.started' },
  { type: 'log', message: 'e' },
  { type: 'run.completed', result: 1 },
  { type: 'run.cancelled' },
  { type: 'log', message: 'late' },
];

async function explained(model: LogModel): Promise<ExplanationOfLog> {
  const made = new ExplanationOfLog(model);
  await made.catchUp(new AbortController().signal);
  return made;
}

describe('the explanation of a log', () => {
  it('is the same as that of the runtime', async () => {
    const log = logOf(EVENTS);
    const model = new LogModel();
    model.add(log);
    expect((await explained(model)).explanation).toEqual(explainLog(log));
  });

  it('cut at any moment is that of the log up to there', async () => {
    const log = logOf(EVENTS);
    const whole = explainLog(log) as LogExplanation;
    for (let seq = 1; seq <= log.length; seq += 1) {
      const until = explanationUntil(whole, seq);
      const then = explainLog(log.slice(0, seq)) as LogExplanation;
      expect(until.path.slice(0, until.pathUntil)).toEqual(then.path);
      expect(until.late.slice(0, until.lateUntil)).toEqual(then.late);
      const counts = until.idle.filter(({ countUntil }) => countUntil > 0);
      expect(counts.map(({ type, countUntil }) => [type, countUntil])).toEqual(
        then.idle.map(({ type, count }) => [type, count]),
      );
      expect(until.idleUntil).toBe(then.idle.reduce((sum, { count }) => sum + count, 0));
    }
  });

  it('grows with the log, and looks at each event once', async () => {
    const log = logOf(EVENTS);
    const model = new LogModel();
    model.add(log.slice(0, 4));
    const made = await explained(model);
    expect(made.size).toBe(4);
    model.add(log.slice(4));
    await made.catchUp(new AbortController().signal);
    expect(made.size).toBe(log.length);
    expect(made.explanation).toEqual(explainLog(log));
    expect(made.isOf(model)).toBe(true);
    expect(made.isOf(new LogModel())).toBe(false);
  });

  it('begins with what a cut log builds on', async () => {
    const log = logOf(EVENTS);
    const base = fold(EVENTS.slice(0, 3));
    const model = new LogModel(base);
    model.add(log.slice(4));
    const { explanation } = await explained(model);
    expect(explanation).toEqual(explainLog(log.slice(4), base));
    expect(explanation?.firstSeq).toBe(5);
  });

  it('lets the page do other things meanwhile, and stops when it is told to', async () => {
    const model = new LogModel();
    const many = Array.from({ length: 200_000 }, (): RunEvent => ({
      type: 'step.started',
      stepId: 's',
      name: 's',
    }));
    model.add(logOf(many));
    const made = new ExplanationOfLog(model);
    const over = new AbortController();
    const turns = setInterval(() => over.abort(), 0);
    await made.catchUp(over.signal);
    clearInterval(turns);
    expect(made.size).toBeGreaterThan(0);
    expect(made.size).toBeLessThan(model.events.length);
  });
});
