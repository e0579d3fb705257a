import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { heldStores } from '../../src/testing/index.ts';
import { open, PLACES } from '../support/runtime/helpers.ts';

describe.each(PLACES)('on %s', (_, create) => {
  it('what a runtime stores while it closes is told to the readers of another one', async () => {
    using place = create();
    await using reading = await open({ stores: place.stores() });
    const held = heldStores(place.stores());
    const closing = await open({ stores: held.stores });
    const { id } = await closing.open();
    const seen: string[] = [];
    const reader = (async () => {
      for await (const { event } of (await reading.get(id)).events()) seen.push(event.type);
    })();
    await pause(50);
    held.hold();
    const ending = (await closing.get(id)).complete();
    await held.held();
    const closed = closing.close({ graceMs: 10 });
    // It has let go of everything but what is on its way to the store.
    await pause(100);
    held.release();
    await Promise.all([ending, closed]);
    await reader;
    expect(seen).toEqual(['run.created', 'run.completed']);
  });
});
