import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transition } from 'xstate';
import { canonicalJson } from '../../src/json.ts';
import {
  foldEvent,
  foldLog,
  isTerminal,
  type RunEvent,
  runMachine,
  type RunSnapshot,
  type RunStatus,
  statusOf,
} from '../../src/machines/index.ts';
import { EMPTY_FIELDS, type RunFields } from '../../src/machines/run-fields.ts';
import { envelope, logOf } from '../support/envelopes.ts';
import { fieldsAfter, FULL_EVENTS, WAITING_EVENTS } from '../support/field-table.ts';
import { outcomeOf, statusAfter } from '../../src/testing/model/index.ts';
import { chartIn } from '../support/chart-mismatches.ts';
import { runs } from '../support/runs.ts';

type Chart = ReturnType<typeof chartIn>;

const EVENTS: readonly RunEvent[] = [...FULL_EVENTS, ...WAITING_EVENTS];

function waitKey(waiting: RunFields['waiting']): string {
  return waiting === null ? 'for nothing' : canonicalJson(waiting);
}

/** The run under test: chart, fold and the independent tables, stepped side by side. */
class LockStep {
  chart: Chart = chartIn(runMachine, 'created');
  snapshot = foldLog(logOf([])) as RunSnapshot;
  status: RunStatus = 'created';
  fields: RunFields = EMPTY_FIELDS;
  late = 0;

  step(event: RunEvent): void {
    const { status, type } = { status: this.status, type: event.type };
    if (outcomeOf(status, type) === 'late') this.late += 1;
    this.fields = fieldsAfter(status, event, this.fields);
    this.status = statusAfter(status, type);
    // A chart that is over is not asked any more, as in the runtime; that it would not move is tested per cell.
    if (!isTerminal(status)) this.chart = transition(runMachine, this.chart, event)[0];
    this.snapshot = foldEvent(this.snapshot, envelope(this.snapshot.eventCount + 1, event));
    this.agree();
  }

  agree(): void {
    const { snapshot, status, fields, late, chart } = this;
    expect(statusOf(chart.value)).toBe(status);
    expect(chart.context).toEqual(fields);
    expect(snapshot).toMatchObject({ status, lateCount: late });
    const { prompt, result, error, cancelReason, verification, attempt, waiting } = snapshot;
    expect({ prompt, result, error, cancelReason, verification, attempt, waiting }).toEqual(fields);
    if (isTerminal(status)) expect(waiting).toBeNull();
    expect([result, error, cancelReason].filter((field) => field !== null).length).toBeLessThan(2);
  }
}

describe('any sequence of events', () => {
  const terminals = new Set(['run.completed', 'run.failed', 'run.cancelled']);
  const of = (wanted: boolean) => EVENTS.filter(({ type }) => terminals.has(type) === wanted);
  // Terminal events are rare, or nearly every run would be over before anything happened.
  const event = fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(...of(false)) },
    { weight: 1, arbitrary: fc.constantFrom(...of(true)) },
  );

  class Step implements fc.Command<object, LockStep> {
    readonly #event: RunEvent;
    constructor(given: RunEvent) {
      this.#event = given;
    }
    check = (): boolean => true;
    run = (_: object, real: LockStep): void => real.step(this.#event);
    toString = (): string => this.#event.type;
  }

  it('is stepped alike by chart, fold and tables', () => {
    const lengths: number[] = [];
    const ended = { active: 0, over: 0 };
    const waits = new Set<string>();
    const commands = fc.commands([event.map((given) => new Step(given))], {
      maxCommands: 60,
      size: 'max',
    });
    fc.assert(
      fc.property(commands, (steps) => {
        const real = new LockStep();
        fc.modelRun(() => ({ model: {}, real }), steps);
        waits.add(waitKey(real.fields.waiting));
        lengths.push(real.snapshot.eventCount - 1);
        ended[isTerminal(real.status) ? 'over' : 'active'] += 1;
      }),
      { numRuns: runs(150) },
    );
    const longest = Math.max(...lengths);
    console.log(
      `sequences: ${lengths.length}, longest ${longest}, ${ended.over} ended over, ${ended.active} still active`,
    );
    expect(longest).toBeGreaterThan(30);
    expect(waits.size).toBeGreaterThan(10);
    expect(ended.over).toBeGreaterThan(20);
    expect(ended.active).toBeGreaterThan(20);
  });

  it('I1 terminal once: nothing that follows a terminal event changes what it decided', () => {
    const sequence = fc.array(event, { maxLength: 40, size: 'max' });
    const terminal = fc.constantFrom(...of(true));
    fc.assert(
      fc.property(
        sequence,
        terminal,
        fc.array(fc.constantFrom(...EVENTS)),
        (before, end, after) => {
          const ended = foldLog(logOf([...before, end])) as RunSnapshot;
          const later = foldLog(logOf([...before, end, ...after])) as RunSnapshot;
          const { eventCount: _, lateCount: _l, updatedAtMs: _u, ...decided } = ended;
          expect(later).toMatchObject(decided);
          expect(later.lateCount).toBe(ended.lateCount + after.length);
        },
      ),
    );
  });
});
