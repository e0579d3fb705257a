import { createActor, initialTransition, type SnapshotFrom, transition } from 'xstate';
import { canonicalJson } from '../../../json.ts';
import {
  type Envelope,
  foldEvent,
  type RunEvent,
  type RunMachine,
  type RunSnapshot,
  statusOf,
} from '../../../machines/index.ts';
import { isOver } from '../contract/status-table.ts';
import { createdFacts, factsAfter, factsOf, type RunFacts } from '../contract/run-facts.ts';

type Chart = SnapshotFrom<RunMachine>;

/** One run, as chart, fold and model have it. A step answers a new one, and leaves this as it is. */
export interface LockStep {
  readonly chart: Chart;
  readonly fold: RunSnapshot;
  readonly model: RunFacts;
}

/** What a run is, in the model, after the events of a path. */
const CREATED: RunEvent = {
  type: 'run.created',
  prompt: '',
  definition: null,
  requireVerification: false,
};

/** An envelope of the run that is stepped; its time is its place. */
function envelope(seq: number, event: RunEvent): Envelope {
  const ids = { eventId: `evt_${seq}`, runId: 'run_1', sessionId: 'ses_1' };
  return { ...ids, seq, emittedAtMs: 1000 + seq, epoch: 1, late: false, event };
}

/** A run after `run.created`. */
export function beginLockStep(machine: RunMachine): LockStep {
  const first = envelope(1, CREATED);
  return {
    chart: initialTransition(machine)[0],
    fold: foldEvent(undefined, first),
    model: createdFacts(first),
  };
}

/** The run one event on: each of the three steps by itself. */
export function stepped(machine: RunMachine, run: LockStep, event: RunEvent): LockStep {
  const next = envelope(run.fold.eventCount + 1, event);
  return {
    chart: transition(machine, run.chart, event)[0],
    fold: foldEvent(run.fold, next),
    model: factsAfter(run.model, next),
  };
}

/** Where chart, a live actor, fold and model disagree after an event, one sentence each. */
export function* disagreements(
  machine: RunMachine,
  before: LockStep,
  event: RunEvent,
  after: LockStep,
): Generator<string> {
  const { model, fold, chart } = after;
  const where = `${before.model.status} + ${event.type}`;
  const wasOver = isOver(before.model.status);
  for (const what of differences(factsOf(fold), model)) yield `${where}: the fold ${what}`;
  // An actor that is done drops what comes, and says so on the console; the pure step is asked all the same.
  const live = wasOver ? chart : liveStep(machine, before.chart, event);
  for (const [by, { value, context }] of Object.entries({ chart, 'live actor': live })) {
    const reached = { ...context, status: statusOf(value) };
    for (const what of differences(reached, model)) yield `${where}: the ${by} ${what}`;
  }
  if ((chart.status === 'done') !== isOver(model.status)) {
    yield `${where}: the chart is ${chart.status}, the run ${model.status}`;
  }
}

/** The members in which something departs from the model. */
function* differences(given: Partial<RunFacts>, model: RunFacts): Generator<string> {
  for (const [name, value] of Object.entries(given)) {
    const [has, expected] = [value, model[name as keyof RunFacts]].map(canonicalJson);
    if (has !== expected) yield `has ${name} ${has}, the model ${expected}`;
  }
}

/** Steps a live actor that stands where the chart stood. */
function liveStep(machine: RunMachine, snapshot: Chart, event: RunEvent): Chart {
  const errors: unknown[] = [];
  const actor = createActor(machine, { snapshot });
  // Without a listener an error inside an actor would take the process down.
  actor.subscribe({ error: (error) => errors.push(error) });
  actor.start();
  actor.send(event);
  const after = actor.getSnapshot();
  actor.stop();
  if (errors.length > 0) throw errors[0];
  return after;
}
