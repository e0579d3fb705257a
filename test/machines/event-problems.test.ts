import { describe, expect, it } from 'vitest';
import { BUILT_IN_TYPES, payloadProblem, typeProblem } from '../../src/machines/index.ts';

describe('the type of an event', () => {
  it.each(BUILT_IN_TYPES)('may be %s', (type) => {
    expect(typeProblem(type)).toBeUndefined();
  });

  it.each(['signal.sent', 'child.ended', 'run.fork', 'heartbeat.missed', 'interrupt.asked'])(
    'may not be %s, which looks like a typo',
    (type) => {
      expect(typeProblem(type)?.code).toBe('EVENT_TYPE_UNKNOWN');
      expect(typeProblem(`custom.${type}`)).toBeUndefined();
    },
  );
});

describe('the payload of an event', () => {
  it('of attempt.ended may name an instant, or none', () => {
    for (const wakeAtMs of [undefined, null, 0, 9000]) {
      expect(payloadProblem({ type: 'attempt.ended', wakeAtMs })).toBeUndefined();
    }
    for (const wakeAtMs of ['9000', -1, 0.5, Infinity, NaN, true, [9000], {}]) {
      expect(payloadProblem({ type: 'attempt.ended', wakeAtMs })?.code).toBe('EVENT_INVALID');
    }
  });

  it.each(['interrupt.requested', 'interrupt.resolved'])('of %s names the interrupt', (type) => {
    expect(payloadProblem({ type, interruptId: 'a' })).toBeUndefined();
    for (const interruptId of [undefined, null, '', 7, ['a'], {}]) {
      expect(payloadProblem({ type, interruptId })?.code).toBe('EVENT_INVALID');
    }
  });

  it.each(['signal.received', 'child.started', 'run.forked', 'heartbeat'])(
    'of %s may be anything',
    (type) => {
      for (const odd of [{}, { signal: null }, { note: [1] }, { interruptId: 7, wakeAtMs: 'x' }]) {
        expect(payloadProblem({ ...odd, type })).toBeUndefined();
      }
    },
  );
});
