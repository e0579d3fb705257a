import { describe, expect, it } from 'vitest';
import { EventAdapter, type EventRequest } from '../support/seed-traces/events.ts';
import { BACKENDS, replay } from '../support/seed-traces/replay.ts';
import { readTraces, Tally } from '../support/seed-traces/traces.ts';

describe.each(BACKENDS)('events in %s', (name, create) => {
  const tally = new Tally();

  for (const trace of readTraces<EventRequest>('events')) {
    it(`answer trace ${trace.seed} as the seed did, or as the rules say`, async () => {
      await using stores = await create();
      await replay(trace, new EventAdapter(stores.events, trace), tally);
    });
  }

  it('differ from the seed by nothing else', () => {
    console.log(`events in ${name}: ${tally.equal} replies equal, differing:`, tally.differing);
    expect(tally.total).toBe(360);
    expect({ equal: tally.equal, ...tally.differing }).toMatchInlineSnapshot(`
      {
        "difference 4 (run.created is event 1)": 95,
        "difference 4 (run.created is event 1) and rule: sessionId is on every envelope": 176,
        "equal": 89,
      }
    `);
  });
});
