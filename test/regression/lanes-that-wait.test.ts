import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createLanes } from '../../src/actors/index.ts';

// Sweeps find the runs of dead owners every time, also those that are queued behind a run that waits. When
// that woke the one that waits, it asked for the next sweep, and so on, as fast as sweeps go.

it('a run that is queued again behind one that waits does not have that one looked at', async () => {
  const lanes = createLanes(10);
  const driven: string[] = [];
  const service = lanes.serve(async (runId) => {
    driven.push(runId);
    return runId === 'waits' && driven.length < 2 ? 'waiting' : 'terminal';
  });
  const submit = async (runId: string): Promise<void> => {
    lanes.submit({ runId, sessionId: 'session', priority: 0 });
    for (let n = 0; n < 5; n += 1) await turn();
  };
  await submit('waits');
  await submit('behind');
  await submit('behind');
  await submit('behind');
  expect(driven).toEqual(['waits']);
  await submit('waits');
  expect(driven).toEqual(['waits', 'waits', 'behind']);
  await service.stop(new Error('the end'));
});
