import { createServer } from 'node:net';
import {
  createInspector,
  createWebSocketInspector,
  createWebSocketReceiver,
  type StatelyInspectionEvent,
} from '@statelyai/inspect';
import { createInspectorServer } from '@statelyai/inspect/server';
import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { defineRun } from '../../src/index.ts';
import { inspectRun, inspectRuns } from '../../src/stately/index.ts';
import { open } from '../support/runtime/helpers.ts';

const work = defineRun({
  name: 'work',
  plan: () => 'a plan',
  execute: ({ step }) => step('one', async () => 'done'),
});
const door = defineRun({
  name: 'door',
  machine: createMachine({
    id: 'door',
    initial: 'shut',
    states: { shut: { on: { OPEN: 'open' } }, open: { type: 'final' } },
  }),
});

/** What an inspector sends, without its socket. */
function collector(options: Parameters<typeof createInspector>[1] = {}) {
  const sent: StatelyInspectionEvent[] = [];
  const inspector = createInspector(
    { send: (event) => void sent.push(structuredClone(event)) },
    options,
  );
  return { sent, inspector };
}

const typesOf = (sent: readonly StatelyInspectionEvent[], id: string): readonly string[] =>
  sent.flatMap((one) =>
    one.sessionId === id && one.type === '@xstate.event'
      ? [(one.event as { type: string }).type]
      : [],
  );

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('a run in the inspector of Stately', () => {
  it('reaches its receiver over a socket: the chart, the events, the snapshots; live, and replayed', async () => {
    const port = await freePort();
    const server = createInspectorServer({ port, autoOpen: false });
    const url = `ws://127.0.0.1:${port}`;
    const inspector = createWebSocketInspector({ url });
    const received: StatelyInspectionEvent[] = [];
    createWebSocketReceiver({ server: url }).subscribe((event) => void received.push(event));
    await using runtime = await open({ definitions: [work] });
    const over = await runtime.start(work, { runId: 'over' });
    await over.result();
    const live = await runtime.open({ runId: 'live' });
    const following = inspectRun(live, inspector);
    await live.record({ type: 'run.started', prompt: 'go' });
    await live.complete('result');
    await Promise.all([following, inspectRun(over, inspector)]);
    for (const run of [live, over]) {
      const { eventCount } = await run.snapshot();
      await expect
        .poll(() => received.filter((one) => one.sessionId === run.id).length, { timeout: 10_000 })
        .toBe(1 + 2 * eventCount);
      const of = received.filter((one) => one.sessionId === run.id);
      const [actor] = of;
      if (actor?.type !== '@xstate.actor') throw new Error('Expected the actor first');
      const definition = JSON.parse(actor.definition ?? '') as { states: object };
      expect(Object.keys(definition.states).toSorted()).toEqual([
        'active',
        'cancelled',
        'completed',
        'failed',
      ]);
      const logged: string[] = [];
      for await (const { event } of run.events()) logged.push(event.type);
      expect(typesOf(of, run.id)).toEqual(logged);
      const snapshots = of.filter((one) => one.type === '@xstate.snapshot');
      expect(snapshots.at(-1)?.snapshot).toMatchObject({ status: 'done', value: 'completed' });
      expect(snapshots[0]?.snapshot).toMatchObject({ value: { active: 'created' } });
    }
    inspector.stop();
    server.stop();
  });

  it('passes the hooks that take out what must not leave', async () => {
    const { sent, inspector } = collector({
      sanitizeEvent: ({ type }) => ({ type }),
      sanitizeContext: () => ({}),
    });
    await using runtime = await open();
    const run = await runtime.open({ prompt: 'a secret' });
    await run.complete('another secret');
    await inspectRun(run, inspector);
    expect(sent).toHaveLength(5);
    expect(JSON.stringify(sent)).not.toContain('secret');
  });

  it('goes on after an inspector that throws, and harms nobody', async () => {
    const { sent, inspector } = collector();
    const faults: unknown[] = [];
    let calls = 0;
    await using runtime = await open();
    const run = await runtime.open();
    const following = inspectRun(
      run,
      {
        ...inspector,
        event: (id, event) => {
          calls += 1;
          if (calls === 1) throw new Error('not today');
          inspector.event(id as string, event);
        },
      },
      {
        onError: (error) => {
          faults.push(error);
          throw new Error('nor this');
        },
      },
    );
    expect(await run.complete()).toMatchObject({ outcome: 'completed' });
    await following;
    expect(faults).toMatchObject([{ message: 'not today' }]);
    expect(typesOf(sent, run.id)).toEqual(['run.completed']);
    expect(sent.filter(({ type }) => type === '@xstate.snapshot')).toHaveLength(2);
  });

  it('shows the machine of its definition beside it', async () => {
    const { sent, inspector } = collector();
    await using runtime = await open({ definitions: [door] });
    const run = await runtime.start(door, { runId: 'd' });
    await run.send({ type: 'OPEN' });
    await run.result();
    await inspectRun(run, inspector, door);
    const its = sent.filter(({ sessionId }) => sessionId === 'd/machine');
    expect(its[0]).toMatchObject({ type: '@xstate.actor', name: 'door', parentId: 'd' });
    expect(typesOf(its, 'd/machine')).toEqual(['xstate.init', 'OPEN']);
    const values = its.flatMap((one) =>
      one.type === '@xstate.snapshot' ? [(one.snapshot as { value?: unknown }).value] : [],
    );
    expect(values).toEqual(['shut', 'open']);
  });
});

describe('the runs of a runtime in the inspector', () => {
  it('are told by the runtime itself as well, from the time that it opens', async () => {
    const sent: StatelyInspectionEvent[] = [];
    const inspector = createInspector({ send: (event) => void sent.push(event) });
    await using runtime = await open({ inspect: (event) => inspector.inspect.next?.(event) });
    await (await runtime.open()).complete();
    const namesOf = (): readonly unknown[] =>
      sent.flatMap((one) =>
        one.type === '@xstate.actor'
          ? [(JSON.parse(one.definition ?? '{}') as { id?: string }).id]
          : [],
      );
    // This inspector tells what it hears in a turn of its own.
    await expect
      .poll(namesOf, { timeout: 10_000 })
      .toEqual(expect.arrayContaining(['supervisor', 'run']));
  });

  it('are those that were there and those that come, each once, until it is asked to end', async () => {
    const { sent, inspector } = collector();
    const end = new AbortController();
    await using runtime = await open({ definitions: [work, door] });
    const before = await runtime.start(work, { runId: 'before' });
    await before.result();
    const open1 = await runtime.open({ runId: 'open' });
    const showing = inspectRuns(runtime, inspector, {
      definitions: [door],
      signal: end.signal,
      filter: ({ snapshot }) => snapshot.runId !== 'hidden',
    });
    const after = await runtime.start(door, { runId: 'after' });
    await after.send({ type: 'OPEN' });
    await (await runtime.open({ runId: 'hidden' })).complete();
    await after.result();
    await open1.complete();
    await expect
      .poll(() => ['before', 'open', 'after'].map((id) => typesOf(sent, id).at(-1)), {
        timeout: 10_000,
      })
      .toEqual(['run.completed', 'run.completed', 'run.completed']);
    end.abort();
    await showing;
    const actors = sent.filter(({ type }) => type === '@xstate.actor').map((one) => one.sessionId);
    expect(actors.toSorted()).toEqual(['after', 'after/machine', 'before', 'open']);
  });
});
