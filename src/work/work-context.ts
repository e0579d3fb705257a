import type { HostedRun } from '../actors/index.ts';
import type { Json } from '../json.ts';
import type { RunEvent } from '../machines/index.ts';
import type { Checkpointer } from '../stores/index.ts';
import { createCheckpoint } from './checkpoints.ts';
import { type ChildPort, createChild } from './children.ts';
import type { AnyDefinition, WorkContext } from './define-run.ts';
import type { Desk } from './desk.ts';
import { createVoice } from './heartbeat.ts';
import { outputEntryId } from './history.ts';
import { createInterrupt } from './interrupts.ts';
import { withInsides } from './machine/insides.ts';
import { misplaced } from './misplaced.ts';
import { outputKeys } from './output-keys.ts';
import { remember } from './journaled-outputs.ts';
import type { OutputPort, RunOutputs } from './outputs.ts';
import { createSleep } from './sleep.ts';
import { createState } from './state.ts';
import { createStep } from './steps.ts';

/** What the code of a definition works through. */
export interface WorkPort {
  readonly checkpoints: Checkpointer;
  /** The outputs of the run, written as the work gives them out. */
  readonly outputs: (
    work: Pick<OutputPort, 'attempt' | 'record' | 'key' | 'known' | 'epoch' | 'durably'>,
  ) => RunOutputs;
  readonly startChild: ChildPort['start'];
}

/** What the code of a definition can see and do, over one attempt. */
export function createContext(
  definition: AnyDefinition,
  run: HostedRun,
  signal: AbortSignal,
  parts: Omit<Desk, 'onTry'>,
  port: WorkPort,
): WorkContext<unknown> {
  const { runId, attempt, history, journal, presence } = parts;
  const keys = outputKeys(
    () => journal.scope.getStore(),
    (name) => journal.number(outputEntryId(name)),
  );
  const { record, tell, heartbeat } = createVoice(parts);
  const desk: Desk = { ...parts, record, tell, onTry: (stepId) => keys.begin(stepId) };
  const emit = (event: RunEvent): Promise<number> => presence.working(() => tell(event));
  const epoch = (): number => run.epoch;
  const line = { definition: definition.name, runId };
  const step = createStep(desk);
  const state = createState(definition.state ?? {});
  const { get, values, update } = state;
  const checkpoints = { store: port.checkpoints, line, epoch };
  const between = <Args extends unknown[], T>(call: string, code: Call<Args, T>): Call<Args, T> => {
    return async (...args) => {
      const step = journal.scope.getStore();
      if (step !== undefined) throw misplaced(call, `step "${step}"`, runId);
      return code(...args);
    };
  };
  const context: WorkContext<unknown> = {
    runId,
    sessionId: run.sessionId,
    input: history.input,
    inputs: history.inputs,
    prompt: run.snapshot.prompt,
    attempt,
    signal,
    step,
    sleepUntil: createSleep(desk),
    interrupt: createInterrupt(desk),
    receive: between('receive', createReceive(desk)),
    child: createChild(desk, step, { start: port.startChild, lend: () => run.lend() }),
    state: { get, values, update: between('state.update', update) },
    checkpoint: between('checkpoint', createCheckpoint(desk, state, checkpoints)),
    emit,
    log: (message, data) =>
      emit({ type: 'log', level: 'info', message, ...(data !== undefined && { data }) }),
    heartbeat,
    outputs: port.outputs({ attempt: async () => attempt, epoch, ...remember(desk, keys) }),
  };
  return withInsides(context, { desk, checkpoints });
}

type Call<Args extends unknown[], T> = (...args: Args) => Promise<T>;

/** Signals in order, each to one call. */
function createReceive({ presence, inbox, signal }: Desk): () => Promise<Json> {
  let received = 0;
  return async () => {
    const index = received;
    received += 1;
    return presence.waiting(null, () => inbox.signal(index, signal));
  };
}
