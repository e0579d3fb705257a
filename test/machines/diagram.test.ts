import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import {
  chartTable,
  compileFold,
  diagram,
  type DiagramFormat,
  foldLog,
  RUN_STATUSES,
  type RunStatus,
  runMachine,
  type RunMachine,
} from '../../src/machines/index.ts';
import { logOf } from '../support/envelopes.ts';
import { outcomeOf, TABLE_TYPES } from '../../src/testing/model/index.ts';

describe('mermaid', () => {
  it('draws the chart', () => {
    expect(diagram()).toMatchInlineSnapshot(`
      "stateDiagram-v2
          [*] --> active
          state "active (stays on attempt.started, attempt.ended, interrupt.requested, interrupt.resolved, signal.received, verification.reported)" as active {
              [*] --> created
              created
              planning
              executing
              verifying
          }
          completed
          failed
          cancelled
          created --> executing : run.started, step.started, tool.started, turn.started
          planning --> executing : run.started, planning.completed
          verifying --> executing : run.started, step.started, tool.started, turn.started
          created --> planning : planning.started
          executing --> planning : planning.started
          verifying --> planning : planning.started
          created --> verifying : verification.started
          planning --> verifying : verification.started
          executing --> verifying : verification.started
          active --> completed : run.completed
          active --> failed : run.failed
          active --> cancelled : run.cancelled
          planning --> planning : step.started, tool.started, turn.started
          completed --> [*]
          failed --> [*]
          cancelled --> [*]
      "
    `);
  });

  it('marks the current status and changes nothing else', () => {
    for (const status of RUN_STATUSES) {
      const extra = diagram({ status }).slice(diagram().length).trim().split(/\n\s*/);
      expect(diagram({ status }).startsWith(diagram())).toBe(true);
      expect(extra).toEqual([
        'classDef current fill:#1f6feb,color:#fff',
        `class ${status} current`,
      ]);
    }
  });

  it('has an arrow for every status change of the table, and no other', () => {
    const drawn = new Set<string>();
    for (const [, from = '', to = '', events = ''] of diagram().matchAll(
      /(\w+) --> (\w+) : (.+)/g,
    )) {
      const sources =
        from === 'active' ? ['created', 'planning', 'executing', 'verifying'] : [from];
      for (const source of sources) {
        for (const event of events.split(', '))
          if (source !== to) drawn.add(`${source} ${event} ${to}`);
      }
    }
    const moves = RUN_STATUSES.flatMap((from) =>
      TABLE_TYPES.flatMap((type) => {
        const to = outcomeOf(from, type);
        return to === 'late' || to === from ? [] : [`${from} ${type} ${to}`];
      }),
    );
    expect([...drawn].toSorted()).toEqual(moves.toSorted());
  });
});

describe('stately', () => {
  it('is code without functions that makes a machine with the same transitions in every status', async () => {
    const code = diagram({ format: 'stately' });
    expect(code).not.toMatch(/=>|function/);
    // Inside the project, so that the code finds xstate as any program would.
    const folder = await mkdtemp(join(import.meta.dirname, 'stately-'));
    try {
      const file = join(folder, 'machine.mjs');
      await writeFile(file, code);
      const { machine } = (await import(pathToFileURL(file).href)) as { machine: AnyStateMachine };
      expect(compileFold(machine as unknown as RunMachine)).toEqual(compileFold(runMachine));
      expect(machine.version).toBe(runMachine.version);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('json', () => {
  it('lists the states, the transitions and the status table', () => {
    const table = JSON.parse(diagram({ format: 'json' })) as ReturnType<typeof chartTable>;
    expect(table).toEqual(chartTable());
    expect(table).toMatchObject({ id: 'run', version: runMachine.version });
    expect(table.states.map(({ name }) => name)).toEqual(['active', ...RUN_STATUSES]);
    expect(table.transitions).toHaveLength(19);
    expect(table.transitions).toContainEqual({
      from: 'active',
      event: 'run.completed',
      to: 'completed',
      actions: ['setResult'],
    });
  });

  it('is enough to follow a run without this library', () => {
    const { statuses } = chartTable();
    for (const first of TABLE_TYPES) {
      for (const second of TABLE_TYPES) {
        const next = (status: RunStatus, type: string): RunStatus =>
          Object.entries(statuses[status].on).find(([event]) => event === type)?.[1] ?? status;
        const status = next(next('created', first), second);
        expect(foldLog(logOf([{ type: first }, { type: second }]))?.status).toBe(status);
      }
    }
  });
});

describe('diagram', () => {
  it('gives the same text each time', () => {
    for (const format of ['mermaid', 'stately', 'json'] as const) {
      expect(diagram({ format })).toBe(diagram({ format }));
    }
  });

  it('refuses a format that it does not know', () => {
    expect(() => diagram({ format: 'png' as DiagramFormat })).toThrow(TypeError);
  });
});
