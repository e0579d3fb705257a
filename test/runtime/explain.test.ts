import { describe, expect, it } from 'vitest';
import { isRunchartError, type Run, type RunEvent, type Runtime } from '../../src/index.ts';
import { codeOf, open } from '../support/runtime/helpers.ts';

/** How to get a run into each status, and into the standings in which commands are refused. */
const ROADS: Readonly<Record<string, readonly RunEvent[]>> = {
  created: [],
  planning: [{ type: 'planning.started' }],
  executing: [{ type: 'run.started' }],
  verifying: [{ type: 'verification.started' }],
  asking: [{ type: 'interrupt.requested', interruptId: 'colour' }],
  completed: [{ type: 'run.completed' }],
  failed: [{ type: 'run.failed', error: { name: 'Error', message: 'broken' } }],
  cancelled: [{ type: 'run.cancelled' }],
};

const PAYLOADS: Readonly<Record<string, object>> = {
  'run.failed': { error: { name: 'Error', message: 'broken' } },
  'verification.reported': { checks: [] },
  'attempt.started': { attempt: 1 },
  'interrupt.requested': { interruptId: 'another' },
  'interrupt.resolved': { interruptId: 'colour' },
};

async function onRoad(runtime: Runtime, road: string, requireVerification = false): Promise<Run> {
  const { id } = await runtime.open({ requireVerification });
  const run = await runtime.get(id);
  for (const event of ROADS[road] ?? []) await run.record(event);
  return run;
}

/** Gives the command, and says what it came to in the words of the forecast. */
async function give(run: Run, command: string): Promise<string> {
  const before = (await run.snapshot()).eventCount;
  try {
    if (command === 'complete') await run.complete();
    else if (command === 'fail') await run.fail(new Error('broken'));
    else if (command === 'cancel') await run.cancel();
    else {
      const named = command.replace('record ', '');
      const type = named === 'any other type' ? 'custom.note' : named;
      await run.record({ type, ...PAYLOADS[type] });
    }
  } catch (error) {
    if (isRunchartError(error)) return `refused ${error.code} ${await run.status()}`;
    throw error;
  }
  const { eventCount, lateCount, status } = await run.snapshot();
  if (eventCount === before) return `nothing ${status}`;
  return `${lateCount > 0 ? 'late' : 'recorded'} ${status}`;
}

describe('explain', () => {
  it.each(Object.keys(ROADS).flatMap((road) => [[road, false] as const, [road, true] as const]))(
    'foresees what each command comes to: %s, verification required: %s',
    async (road, required) => {
      await using runtime = await open();
      if (road === 'completed' && required) return;
      const first = await onRoad(runtime, road, required);
      const { commands } = await runtime.explain(first.id);
      expect(commands.length).toBeGreaterThan(15);
      for (const { command, outcome, status, code, why } of commands) {
        const foreseen = [outcome, code, status].filter((word) => word !== undefined).join(' ');
        // Each on a run of its own: what one does must not matter to the next.
        const came = await give(await onRoad(runtime, road, required), command);
        expect(foreseen, `${command} on a run that is ${road}`).toBe(came);
        expect(why).not.toBe('');
      }
    },
  );

  it('tells path, late events and what is waited for, of what is stored', async () => {
    await using runtime = await open();
    const run = await runtime.open();
    await run.record({ type: 'run.started' });
    await run.cancel();
    await run.complete('too late');
    const explanation = await runtime.explain(run.id);
    expect(explanation).toMatchObject({
      runId: run.id,
      firstSeq: 1,
      path: [{ to: 'created' }, { to: 'executing' }, { seq: 3, to: 'cancelled' }],
      late: [{ seq: 4, why: expect.stringContaining('cancelled is sticky (decided by seq 3)') }],
      waitsFor: ['nothing: the run is over'],
    });
    expect(explanation.snapshot).toEqual(await run.snapshot());
    await runtime.prune({ keepEvents: 1 });
    const cut = await runtime.explain(run.id);
    expect(cut).toMatchObject({ firstSeq: 4, path: [], late: [{ seq: 4 }] });
    expect(cut.snapshot).toEqual(explanation.snapshot);
  });

  it('rejects for a run that is not there', async () => {
    await using runtime = await open();
    expect(await codeOf(runtime.explain('run_x'))).toBe('RUN_NOT_FOUND');
  });
});
