import { TraceFlags } from '@opentelemetry/api';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { payloadProblem, traceOf } from '../../src/machines/index.ts';
import { fromText, toText } from '../../src/otel/trace-text.ts';

const GOOD = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

it.each([
  undefined,
  null,
  7,
  '',
  GOOD,
  {},
  { traceparent: 7 },
  { traceparent: GOOD.toUpperCase() },
  { traceparent: `${GOOD}-00` },
  { traceparent: GOOD.replace('00-', 'ff-') },
  { traceparent: GOOD.replace('b7ad6b7169203331', '0'.repeat(16)) },
  { traceparent: GOOD.replace('0af7651916cd43dd8448eb211c80319c', '0'.repeat(32)) },
  { traceparent: GOOD, tracestate: 7 },
  { traceparent: GOOD, tracestate: 'x'.repeat(513) },
])('%j in a log is no trace context, and is refused where it is recorded', (trace) => {
  expect(traceOf({ trace })).toBe(undefined);
  const problem = payloadProblem({ type: 'run.created', trace });
  expect(problem?.code).toBe(trace === undefined ? undefined : 'EVENT_INVALID');
});

it('whatever context a span has, it is the same after it was kept', () => {
  const hex = (length: number) =>
    fc
      .string({
        unit: fc.constantFrom(...'0123456789abcdef'.split('')),
        minLength: length,
        maxLength: length,
      })
      .filter((text) => /[^0]/.test(text));
  const arbitrary = fc.record({
    traceId: hex(32),
    spanId: hex(16),
    traceFlags: fc.constantFrom(TraceFlags.NONE, TraceFlags.SAMPLED),
  });
  // A failing property prints its seed.
  fc.assert(
    fc.property(arbitrary, (span) => {
      const kept = toText(span);
      expect(traceOf({ trace: kept })).toEqual(kept);
      expect(kept && fromText(kept)).toEqual({ ...span, isRemote: true });
    }),
  );
});

it('the state that vendors add to a trace goes along', () => {
  const kept = { traceparent: GOOD, tracestate: 'vendor=a,other=b' };
  expect(toText(fromText(kept))).toEqual(kept);
});

it('a span that nobody records leads nowhere, and is not kept', () => {
  const span = { traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: TraceFlags.NONE };
  expect(toText(span)).toBe(undefined);
});
