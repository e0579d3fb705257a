import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { supervisorMachine } from '../../src/actors/supervisor-machine.ts';
import {
  chartFile,
  drawChart,
  edgeId,
  RUN_CHART,
  SUPERVISOR_CHART,
} from '../../src/diagram/index.ts';
import { layoutChart } from '../../src/diagram/layout-chart.ts';
import { textWidth } from '../../src/diagram/measure-text.ts';
import { chartOf, runMachine } from '../../src/machines/index.ts';
import { drawnChartsSource } from '../support/drawn-charts-source.ts';
import { checkout, flawsOf, nodesOf, odd, randomMachine } from './support.ts';

const EXECUTING = edgeId('active', 'active.executing');

describe('a layout', () => {
  it('of the chart of runs and of the supervisor is kept as the script makes it', async () => {
    const file = new URL('../../src/diagram/drawn-charts.ts', import.meta.url);
    const source = await drawnChartsSource({
      RUN_CHART: runMachine,
      SUPERVISOR_CHART: supervisorMachine,
    });
    expect(await readFile(file, 'utf8')).toBe(source);
  });

  it('fits where the chart of runs is shown: wide on a desk, narrow on a phone', () => {
    expect(RUN_CHART.right.width).toBeLessThanOrEqual(1000);
    expect(RUN_CHART.right.height).toBeLessThanOrEqual(420);
    expect(RUN_CHART.down.width).toBeLessThanOrEqual(340);
  });

  it('has every state inside of the one around it, none upon another, and arrows that end at borders', async () => {
    const charts = [checkout, odd].map(chartOf);
    for (const chart of charts) {
      for (const direction of ['right', 'down'] as const) {
        expect(flawsOf(await layoutChart(chart, { direction }))).toEqual([]);
      }
    }
    for (const { right, down } of [RUN_CHART, SUPERVISOR_CHART]) {
      expect([...flawsOf(right), ...flawsOf(down)]).toEqual([]);
    }
  });

  it('is found for machines of any shape', async () => {
    const seed = Date.now() % 100_000;
    for (let i = 0; i < 4; i += 1) {
      const chart = chartOf(randomMachine(seed + i));
      const layout = await layoutChart(chart, { direction: i % 2 === 0 ? 'right' : 'down' });
      expect(flawsOf(layout), `seed ${seed + i}`).toEqual([]);
      expect(layout.states).toHaveLength(chart.states.length);
    }
  });

  it('has one arrow for each pair of states, with a line for each event', () => {
    const edge = RUN_CHART.right.edges.find(({ id }) => id === EXECUTING);
    expect(edge?.labels.map(({ text }) => text)).toEqual([
      'run.started',
      'step.started',
      'tool.started',
      'turn.started',
    ]);
    const ids = RUN_CHART.right.edges.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('lists in the box of a state what it takes without leaving', () => {
    const planning = RUN_CHART.right.states.find(({ name }) => name === 'planning');
    expect(planning?.lines).toEqual(['step.started', 'tool.started', 'turn.started']);
  });

  it('gives labels the room that their text takes', () => {
    for (const { edges } of [RUN_CHART.right, RUN_CHART.down, SUPERVISOR_CHART.down]) {
      for (const { text, width } of edges.flatMap(({ labels }) => labels)) {
        expect(width).toBeGreaterThanOrEqual(textWidth(text, { size: 10.5 }));
      }
    }
  });

  it('does not hold up whoever asks for it', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 5);
    await layoutChart(chartOf(checkout));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });
});

describe('a drawing', () => {
  const layout = RUN_CHART.right;

  it('marks the states a run is in with those around, and nothing else', () => {
    const drawn = nodesOf(drawChart(layout, { active: ['active.planning'] }));
    const marked = drawn
      .filter(({ attributes }) => String(attributes['class']).includes('state-active'))
      .map(({ attributes }) => attributes['data-state']);
    expect(marked).toEqual(['active', 'active.planning']);
  });

  it('counts how often an arrow was taken, by its own id or by those of its transitions', () => {
    const [first, second] = layout.edges.find(({ id }) => id === EXECUTING)?.labels ?? [];
    const ids = [first, second].map((label) => label?.transitions[0] ?? '');
    const byTransition = { [ids[0] ?? '']: 2, [ids[1] ?? '']: 1 };
    for (const taken of [{ [EXECUTING]: 3 }, byTransition]) {
      const nodes = nodesOf(drawChart(layout, { taken, last: EXECUTING }));
      const counts = nodes.filter(({ attributes }) => attributes['class'] === 'count-text');
      expect(counts.map(({ children }) => children)).toEqual([['3']]);
      const last = nodes.filter(({ attributes }) =>
        String(attributes['class']).split(' ').includes('edge-last'),
      );
      expect(last.map(({ attributes }) => attributes['data-edge'])).toEqual([EXECUTING]);
    }
  });

  it('says in words what it shows', () => {
    const [title, desc] = drawChart(layout, {
      active: ['active.executing'],
      title: 'Run 7',
    }).children;
    expect(title).toMatchObject({ tag: 'title', children: ['Run 7'] });
    const text = JSON.stringify(desc);
    expect(text).toContain('Now in executing.');
    expect(text).toContain('planning to executing on planning.completed');
  });

  it('is text that names cannot break out of', async () => {
    const file = chartFile(await layoutChart(chartOf(odd)));
    expect(file).toContain('data-chart="odd &quot;names&quot; &amp; &lt;things&gt;"');
    expect(file).not.toContain('<b>');
    expect(file).toContain('&lt;b&gt;&amp;amp;&lt;/b&gt; %% {}');
    expect(file).toContain('prefers-color-scheme: dark');
  });

  it('is the same each time', () => {
    const marks = { active: ['completed'], taken: { t1: 1 } };
    expect(chartFile(layout, marks)).toBe(chartFile(layout, marks));
  });
});
