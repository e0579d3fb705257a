import { isDeepStrictEqual } from 'node:util';
import { isRunchartError, type Run, type RunEvent, type Runtime } from '../../../src/index.ts';
import type { RunStatus } from '../../../src/machines/index.ts';
import { statusAfter } from '../../../src/testing/model/index.ts';
import { type Adapter, type Answer, done, type Plain, refused } from './replay.ts';

interface SeedEvent {
  readonly type: keyof typeof TYPES;
  readonly prompt?: string;
  readonly text?: string;
  readonly message?: string;
}

export type RunRequest =
  | {
      readonly op: 'run.create';
      readonly session: string;
      readonly prompt: string;
      readonly as: string;
    }
  | { readonly op: 'run.event'; readonly run: string; readonly event: SeedEvent }
  | { readonly op: 'run.mark_failed'; readonly run: string; readonly error: string }
  | { readonly op: 'run.mark_cancelled' | 'run.snapshot' | 'run.events'; readonly run: string };

const REVIVED = 'difference 1 (nothing leaves a terminal status)';
const MARKED = 'difference 2 (failing and cancelling leave an event)';
const PLANNED = 'difference 3 (planning.completed leaves planning)';
const CREATED_IS_FIRST = 'difference 4 (run.created is event 1)';
const CANCEL_TOLD = 'difference 7 (the receipt tells cancels apart)';
const NOT_FOUND = 'rule: an unknown run is RUN_NOT_FOUND';

const TYPES = {
  start: 'run.started',
  planning_start: 'planning.started',
  planning_end: 'planning.completed',
  step_start: 'step.started',
  step_end: 'step.completed',
  tool_start: 'tool.started',
  tool_end: 'tool.completed',
  turn_start: 'turn.started',
  turn_end: 'turn.completed',
  text_delta: 'text.delta',
  end: 'run.completed',
  error: 'run.failed',
} as const;

/** What the seed's events carry, in its own words. */
const CARRIES: Readonly<Record<SeedEvent['type'], readonly string[]>> = {
  start: ['prompt'],
  planning_start: [],
  planning_end: [],
  step_start: [],
  step_end: [],
  tool_start: [],
  tool_end: [],
  turn_start: [],
  turn_end: [],
  text_delta: ['text'],
  end: ['text'],
  error: ['message'],
};

/** A run as the seed shows it; what is not set is left out. */
interface View {
  readonly id: string;
  readonly session_id: string;
  readonly prompt: string;
  readonly status: RunStatus;
  readonly event_count: number;
  readonly result_text?: string;
  readonly error?: string;
}

type Shown = Readonly<Record<string, unknown>>;

/** One run in a model: the seed's or ours. */
interface Modelled {
  view: View;
  readonly log: Shown[];
}

interface Twin {
  readonly seed: Modelled;
  readonly ours: Modelled;
  /** What has made the two differ so far. */
  readonly causes: Set<string>;
}

const TERMINAL: ReadonlySet<RunStatus> = new Set(['completed', 'failed', 'cancelled']);

/** Puts the seed's requests to a runtime of ours, and keeps a model of each. */
export class RunAdapter implements Adapter<RunRequest> {
  readonly #runtime: Runtime;
  readonly #runs = new Map<string, Run>();
  readonly #twins = new Map<string, Twin>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  async ask(request: RunRequest): Promise<Answer> {
    if (request.op === 'run.create') return this.#create(request);
    const twin = this.#twins.get(request.run);
    if (twin === undefined) return this.#unknown(request);
    const run = this.#runs.get(request.run) as Run;
    switch (request.op) {
      case 'run.event': {
        const ours = await outcome(async () => {
          await run.record(eventOf(request.event));
          return this.#view(run, request.run);
        });
        this.#apply(twin, request.event);
        return this.#answer(twin, ours);
      }
      case 'run.mark_failed': {
        const ours = await outcome(async () => {
          await run.fail(new Error(request.error));
          return this.#view(run, request.run);
        });
        this.#markFailed(twin, request.error);
        return this.#answer(twin, ours);
      }
      case 'run.mark_cancelled':
        return this.#cancel(twin, run, request.run);
      case 'run.snapshot':
        return this.#answer(twin, await outcome(() => this.#view(run, request.run)));
      case 'run.events':
        return this.#events(twin, run);
    }
  }

  async #create({ session, prompt, as }: RunRequest & { op: 'run.create' }): Promise<Answer> {
    const id = `$${as}`;
    const view: View = { id, session_id: session, prompt, status: 'created', event_count: 0 };
    const twin: Twin = {
      seed: { view, log: [] },
      ours: { view: { ...view, event_count: 1 }, log: [{ type: 'run.created' }] },
      causes: new Set(),
    };
    const ours = await outcome(async () => {
      const run = await this.#runtime.open({ sessionId: session, prompt });
      this.#runs.set(id, run);
      return this.#view(run, id);
    });
    this.#twins.set(id, twin);
    return this.#answer(twin, ours);
  }

  async #unknown({ op, run }: RunRequest & { run: string }): Promise<Answer> {
    const ours = await outcome(() => this.#runtime.get(run));
    const seed = done(op === 'run.events' ? [] : null);
    // To the seed a run that it does not know is nothing; its cancel even answers true.
    const rules = op === 'run.mark_cancelled' ? [CANCEL_TOLD, NOT_FOUND] : [NOT_FOUND];
    return { ours, expected: refused('RUN_NOT_FOUND'), seed, rules };
  }

  async #cancel(twin: Twin, run: Run, id: string): Promise<Answer> {
    const { status } = twin.ours.view;
    let receipt: unknown;
    const ours = await outcome(async () => {
      receipt = (await run.cancel()).outcome;
      return this.#view(run, id);
    });
    this.#markCancelled(twin);
    const told = !TERMINAL.has(status)
      ? 'cancelled'
      : status === 'cancelled'
        ? 'already-cancelled'
        : 'already-terminal';
    return { ...this.#answer(twin, ours), asides: [{ ours: receipt, expected: told }] };
  }

  async #events(twin: Twin, run: Run): Promise<Answer> {
    const ours = await outcome(async () => {
      const shown: unknown[] = [];
      for await (const { seq, event } of run.events({ live: false })) {
        shown.push({ event: shownOf(event), sequence: seq });
      }
      return shown;
    });
    const number = (log: readonly Shown[], from: number): unknown[] =>
      log.map((event, i) => ({ event, sequence: from + i }));
    const expected = number(twin.ours.log, 1);
    const seed = number(twin.seed.log, 0);
    const marked = twin.ours.log.length !== twin.seed.log.length + 1;
    return {
      ours,
      expected: done(expected),
      seed: done(seed),
      rules: [CREATED_IS_FIRST, ...(marked ? [MARKED] : [])],
    };
  }

  /** Both models as they stand, with the rules that set them apart. */
  #answer({ seed, ours: model, causes }: Twin, ours: Plain): Answer {
    const rules = [CREATED_IS_FIRST];
    if (model.view.event_count !== seed.view.event_count + 1) rules.push(MARKED);
    const rest = ({ event_count: _, ...view }: View): unknown => view;
    if (!isDeepStrictEqual(rest(seed.view), rest(model.view))) rules.push(...causes);
    return { ours, expected: done(model.view), seed: done(seed.view), rules };
  }

  #apply({ seed, ours, causes }: Twin, event: SeedEvent): void {
    const type = TYPES[event.type];
    const before = seed.view;
    seed.view = counted(seedAfter(before, event));
    seed.log.push(seedShape(event));
    const over = TERMINAL.has(ours.view.status);
    if (!over && event.type === 'planning_end' && ours.view.status === 'planning')
      causes.add(PLANNED);
    if (over) causes.add(REVIVED);
    ours.view = counted(over ? ours.view : oursAfter(ours.view, event, type));
    ours.log.push(seedShape(event));
  }

  #markFailed({ seed, ours, causes }: Twin, error: string): void {
    if (seed.view.status !== 'cancelled') seed.view = { ...seed.view, status: 'failed', error };
    const over = TERMINAL.has(ours.view.status);
    if (over) causes.add(REVIVED);
    ours.view = counted(over ? ours.view : { ...ours.view, status: 'failed', error });
    ours.log.push({ type: 'run.failed', message: error });
  }

  #markCancelled({ seed, ours, causes }: Twin): void {
    seed.view = { ...seed.view, status: 'cancelled' };
    if (TERMINAL.has(ours.view.status)) {
      causes.add(REVIVED);
      return;
    }
    ours.view = counted({ ...ours.view, status: 'cancelled' });
    ours.log.push({ type: 'run.cancelled' });
  }

  async #view(run: Run, id: string): Promise<View> {
    const { sessionId, prompt, status, eventCount, result, error } = await run.snapshot();
    return {
      id,
      session_id: sessionId,
      prompt,
      status,
      event_count: eventCount,
      ...(typeof result === 'string' && { result_text: result }),
      ...(error !== null && { error: error.message }),
    };
  }
}

function counted(view: View): View {
  return { ...view, event_count: view.event_count + 1 };
}

/** The seed's own rules, by its table: 1.1 of the facts about the seeds. */
function seedAfter(view: View, event: SeedEvent): View {
  const cancelled = view.status === 'cancelled';
  switch (event.type) {
    case 'start':
      return { ...view, status: 'executing', prompt: view.prompt || (event.prompt ?? '') };
    case 'planning_start':
      return { ...view, status: 'planning' };
    case 'step_start':
    case 'tool_start':
    case 'turn_start':
      return { ...view, status: view.status === 'planning' ? 'planning' : 'executing' };
    case 'end': {
      if (cancelled) return view;
      const { error: _, ...rest } = view;
      return { ...rest, status: 'completed', result_text: event.text ?? '' };
    }
    case 'error':
      return cancelled ? view : { ...view, status: 'failed', error: event.message ?? '' };
    default:
      return view;
  }
}

/** Ours on an active run: the table of the contract, and the three fields that events decide. */
function oursAfter(view: View, event: SeedEvent, type: string): View {
  const next = { ...view, status: statusAfter(view.status, type) };
  if (event.type === 'start') return { ...next, prompt: view.prompt || (event.prompt ?? '') };
  if (event.type === 'end') return { ...next, result_text: event.text ?? '' };
  if (event.type === 'error') return { ...next, error: event.message ?? '' };
  return next;
}

function eventOf(event: SeedEvent): RunEvent {
  return {
    type: TYPES[event.type],
    seed: seedShape(event),
    ...(event.prompt !== undefined && { prompt: event.prompt }),
    ...(event.type === 'end' && { result: event.text ?? '' }),
    ...(event.type === 'error' && { error: { name: 'Error', message: event.message ?? '' } }),
  };
}

function shownOf({ type, seed, error }: RunEvent): Shown {
  if (seed !== undefined) return seed as Shown;
  if (type === 'run.failed') return { type, message: (error as { message: string }).message };
  return { type };
}

/** Filled in by the seed where its caller said nothing. */
const FILLED: Readonly<Partial<Record<SeedEvent['type'], Shown>>> = {
  turn_start: { turn: 0 },
  turn_end: { turn: 0 },
  tool_start: { id: '', name: '' },
  tool_end: { id: '' },
  step_start: { step_id: '' },
  step_end: { step_id: '' },
  end: { meta: null, usage: { total_tokens: 0 }, verification_summary: { total: 0 } },
};

function seedShape(event: SeedEvent): Shown {
  const given = Object.fromEntries(
    CARRIES[event.type].map((key) => [key, event[key as keyof SeedEvent] ?? '']),
  );
  return { type: event.type, ...FILLED[event.type], ...given };
}

async function outcome(ask: () => Promise<unknown>): Promise<Plain> {
  try {
    return done(await ask());
  } catch (error) {
    if (!isRunchartError(error)) throw error;
    return refused(error.code);
  }
}
