import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Envelope, isRunchartError, type RunSnapshot } from '../../../src/index.ts';
import { foldLog } from '../../../src/machines/index.ts';
import { memory } from '../../../src/stores/memory/index.ts';
import {
  anyProgram,
  anyRun,
  anySession,
  brokenInvariants,
  defineProgram,
  type DrawnRun,
  factsOf,
  factsOfLog,
  refusedEvent,
  signalsOf,
  TABLE_TYPES,
  validEvent,
  validLog,
} from '../../../src/testing/model/index.ts';
import { open } from '../../support/runtime/helpers.ts';

describe('events', () => {
  it('that are valid are recorded, and there are some of each type', async () => {
    await using runtime = await open();
    const types = new Set<string>();
    await fc.assert(
      fc.asyncProperty(validEvent(), async (event) => {
        // Nobody asked on a new run: an answer is refused there, and not for what it is.
        const run = await runtime.open();
        const { type } = event;
        if (type === 'interrupt.resolved') {
          await run.record({ ...event, type: 'interrupt.requested' });
        }
        await run.record(event);
        types.add(type);
      }),
      { numRuns: 400 },
    );
    expect(TABLE_TYPES.filter((type) => !types.has(type))).toEqual(['run.created']);
  });

  it('that are to be refused are, by the code that is said', async () => {
    await using runtime = await open();
    const run = await runtime.open();
    await fc.assert(
      fc.asyncProperty(refusedEvent, async ({ event, code }) => {
        await expect(run.record(event)).rejects.toMatchObject({ code });
      }),
    );
    expect((await run.snapshot()).eventCount).toBe(1);
  });
});

describe('logs', () => {
  it('that are valid are recorded as they are, whatever they shrink to', async () => {
    await using runtime = await open();
    const record = async (events: readonly { readonly type: string }[]) => {
      const run = await runtime.open();
      for (const event of events) await run.record(event);
      return run.snapshot();
    };
    let shrunk = 0;
    // It fails on purpose, so that what it shrinks to is tried as well.
    const property = fc.asyncProperty(validLog, async (events) => {
      const { eventCount, lateCount } = await record(events);
      expect(eventCount).toBe(events.length + 1);
      shrunk += 1;
      return lateCount < 3;
    });
    const { failed, errorInstance, counterexample } = await fc.check(property, { numRuns: 200 });
    expect(failed).toBe(true);
    expect(isRunchartError(errorInstance)).toBe(false);
    // The end, and three that come late.
    expect(counterexample?.[0]).toHaveLength(4);
    expect(shrunk).toBeGreaterThan(10);
  });
});

describe('runs and sessions', () => {
  const isSound = ({ log }: DrawnRun): void => {
    const snapshot = foldLog(log) as RunSnapshot;
    expect(factsOf(snapshot)).toEqual(factsOfLog(log));
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1));
    const before = (i: number): Envelope => log[Math.max(0, i - 1)] as Envelope;
    for (const [i, { epoch, emittedAtMs, late }] of log.entries()) {
      expect(epoch).toBeGreaterThanOrEqual(before(i).epoch);
      expect(emittedAtMs).toBeGreaterThanOrEqual(before(i).emittedAtMs);
      expect(late || !before(i).late).toBe(true);
    }
    expect(log.filter(({ late }) => late)).toHaveLength(snapshot.lateCount);
  };

  it('have logs as stores have them', () => {
    fc.assert(fc.property(anyRun, isSound));
  });

  it('of one session have ids of their own', () => {
    fc.assert(
      fc.property(anySession, ({ sessionId, runs }) => {
        runs.forEach(isSound);
        expect(new Set(runs.map(({ runId }) => runId)).size).toBe(runs.length);
        expect(runs.every((run) => run.log.every((each) => each.sessionId === sessionId))).toBe(
          true,
        );
      }),
    );
  });
});

describe('programs', () => {
  it('that wait for signals get to their end when these are sent', async () => {
    await fc.assert(
      fc.asyncProperty(anyProgram({ receives: true }), async (program) => {
        const definition = defineProgram(program);
        const stores = memory();
        await using runtime = await open({ stores, definitions: [definition] });
        const run = await runtime.start(definition);
        for (let i = 0; i < signalsOf(program); i += 1) await run.send(i);
        expect(await run.result()).toMatchObject({ results: { length: program.length } });
        expect(await brokenInvariants(stores, run.id)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('that wait for no signals have none to receive', () => {
    fc.assert(fc.property(anyProgram(), (program) => signalsOf(program) === 0));
  });
});
