import type { AnyStateMachine } from 'xstate';
import {
  type Envelope,
  foldEvent,
  isTerminal,
  type RunEvent,
  runMachine,
  type RunSnapshot,
  stateValueOf,
} from '../machines/index.ts';
import type { Run } from '../run.ts';
import { tellFault, warnOf } from '../tell-fault.ts';
import { safeInspector, type StatelyInspector } from './stately-inspector.ts';

export interface InspectRunOptions {
  /** The machine of the run's definition, if it has one: it is shown as an actor of its own, `<run id>/machine`. */
  readonly machine?: AnyStateMachine;
  /** False: only what is stored. Default true: then what comes, until the run is over. */
  readonly live?: boolean;
  /** Ends it, without an error. */
  readonly signal?: AbortSignal;
  /** Faults of the inspector. Default: a process warning. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Shows a run in an inspector of Stately, from its log: the chart, then each event and the snapshot after it, in order.
 * So it does not matter when it is called; a run that is over is replayed. The id of the run is the id of the session.
 *
 * Everything goes through the inspector, and so through its `filter`, `sanitizeEvent` and `sanitizeContext`. Prompts,
 * results and payloads leave the process for wherever the inspector sends them.
 *
 * Where the head of the log was cut, snapshots begin with the present one. Resolves when all is told; rejects with
 * what reading the run rejects with.
 */
export async function inspectRun(
  run: Pick<Run, 'id' | 'events' | 'snapshot'>,
  inspector: StatelyInspector,
  { machine, live = true, signal, onError = warnOf }: InspectRunOptions = {},
): Promise<void> {
  const told = safeInspector(inspector, (error) => tellFault(error, onError));
  const follow = { live, ...(signal !== undefined && { signal }) };
  let snapshot: RunSnapshot | undefined;
  for await (const envelope of run.events(follow)) {
    const { seq, event } = envelope;
    if (snapshot === undefined) {
      snapshot = seq === 1 ? foldEvent(undefined, envelope) : await run.snapshot();
      told.actor(
        actorOf(run.id, snapshot),
        seq === 1 ? shown(snapshot) : { status: 'active', context: {} },
      );
      if (machine !== undefined)
        told.actor(machineOf(run.id, machine), { status: 'active', context: {} });
    } else if (seq > snapshot.eventCount) snapshot = foldEvent(snapshot, envelope);
    told.event(run.id, event);
    // Of what was cut off only the sum is known.
    if (seq === snapshot.eventCount) told.snapshot(run.id, shown(snapshot), { event });
    if (machine !== undefined) tellMachine(told, run.id, envelope, snapshot);
  }
}

function actorOf(
  id: string,
  { parentRunId }: RunSnapshot,
): Parameters<StatelyInspector['actor']>[0] {
  const parent = parentRunId === null ? {} : { _parent: { sessionId: parentRunId } };
  return { sessionId: id, logic: runMachine, ...parent };
}

function machineOf(id: string, machine: AnyStateMachine): Parameters<StatelyInspector['actor']>[0] {
  return { sessionId: machineId(id), logic: machine, _parent: { sessionId: id } };
}

const machineId = (id: string): string => `${id}/machine`;

/** A snapshot of the run as XState would have it, without its output: no hook could take that out. */
function shown(snapshot: RunSnapshot): object {
  const { status } = snapshot;
  return {
    status: isTerminal(status) ? 'done' : 'active',
    value: stateValueOf(status),
    context: snapshot,
  };
}

/** The log has the states of a machine, not its context. */
function tellMachine(
  told: StatelyInspector,
  id: string,
  { event }: Envelope,
  run: RunSnapshot,
): void {
  const { type } = event;
  if (type !== 'machine.transitioned' && type !== 'machine.ignored') return;
  const cause = causeOf(event);
  told.event(machineId(id), cause);
  if (type === 'machine.ignored') return;
  const status = isTerminal(run.status) ? 'done' : 'active';
  told.snapshot(machineId(id), { status, value: event['to'], context: {} }, { event: cause });
}

function causeOf(event: RunEvent): RunEvent {
  const cause = event['event'] as { readonly type?: unknown } | null | undefined;
  const type = typeof cause?.type === 'string' ? cause.type : '';
  return { ...(typeof cause === 'object' ? cause : {}), type };
}
