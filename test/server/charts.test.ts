import { describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { defineRun } from '../../src/index.ts';
import { checkout } from '../diagram/support.ts';
import { served } from '../support/server/served.ts';

const definitions = [
  defineRun({ name: 'check out', machine: checkout }),
  defineRun({ name: 'code', execute: async () => {} }),
];

describe('charts over HTTP', () => {
  it('are those of runs, of the supervisor and of machines, in both directions', async () => {
    await using server = await served({}, { definitions });
    await using client = createClient(server.url);
    for (const name of ['run', 'supervisor', { definition: 'check out' }] as const) {
      for (const direction of ['right', 'down'] as const) {
        const { chart, layout } = await client.chart(name, { direction });
        expect(layout).toMatchObject({ id: chart.id, direction });
        expect(layout.states.map(({ id }) => id)).toEqual(chart.states.map(({ id }) => id));
        expect(await server.runtime.chart(name, { direction })).toEqual({ chart, layout });
      }
    }
    const plain = await fetch(`${server.url}/v1/charts/definitions/check%20out`);
    expect(await plain.json()).toMatchObject({ chart: { id: 'checkout' } });
  });

  it('are 404 with a code for definitions without a machine, and for none', async () => {
    await using server = await served({}, { definitions });
    await using client = createClient(server.url);
    for (const [definition, why] of [
      ['code', 'it is code, and no state machine'],
      ['nobody', 'it is not registered here'],
    ] as const) {
      const answer = await fetch(`${server.url}/v1/charts/definitions/${definition}`);
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({
        code: 'CHART_NOT_FOUND',
        detail: expect.stringContaining(why) as unknown,
      });
      await expect(client.chart({ definition })).rejects.toMatchObject({ code: 'CHART_NOT_FOUND' });
    }
  });

  it('are laid out once', async () => {
    await using server = await served({}, { definitions });
    const first = await server.runtime.chart({ definition: 'check out' });
    expect(await server.runtime.chart({ definition: 'check out' })).toBe(first);
  });
});
