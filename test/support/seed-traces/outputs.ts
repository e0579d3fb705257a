import { isDeepStrictEqual } from 'node:util';
import { isRunchartError } from '../../../src/errors.ts';
import type { Json } from '../../../src/json.ts';
import type {
  OutputContent,
  OutputEvent,
  OutputRecord,
  OutputStore,
} from '../../../src/stores/index.ts';
import { type Adapter, type Answer, done, type Plain, refused } from './replay.ts';

type SeedContent =
  | { readonly kind: 'inline'; readonly value: Json }
  | {
      readonly kind: 'file_ref';
      readonly path: string;
      readonly mime: string | null;
      readonly size_hint: number | null;
    };

type SeedEvent =
  | { readonly type: 'progress'; readonly stage: string; readonly note: string | null }
  | { readonly type: 'partial'; readonly chunk: SeedContent }
  | { readonly type: 'artifact'; readonly name: string; readonly content: SeedContent }
  | { readonly type: 'final'; readonly content: SeedContent; readonly ok: boolean };

interface AppendRequest {
  readonly op: 'out.append';
  readonly task: string;
  readonly attempt: number;
  readonly producer: string;
  readonly event: SeedEvent;
  readonly parents: readonly string[];
  readonly as: string;
}

export type OutputRequest =
  | AppendRequest
  | { readonly op: 'out.get'; readonly id: string }
  | { readonly op: 'out.latest'; readonly name: string }
  | { readonly op: 'out.list'; readonly task: string; readonly attempt: number };

const ONE_FINAL = 'rule: a final closes the attempt (ATTEMPT_CLOSED)';
const PARENTS_EXIST = 'rule: parentRefs must exist (OUTPUT_NOT_FOUND)';
const FILE_HAS_SIZE = 'rule: a file ref has its size and digest';
const WITHIN_RUN = 'difference 6 (latest by name stays within the run)';

/** A record in the seed's words, and the rule by which ours refuses it, if one does. */
interface View {
  readonly id: string;
  readonly task_id: string;
  readonly attempt: number;
  readonly producer_agent: string;
  readonly event: SeedEvent;
  readonly parent_refs: readonly string[];
}

interface Kept {
  readonly view: View;
  readonly refusal: typeof ONE_FINAL | typeof PARENTS_EXIST | undefined;
}

const CODES = { [ONE_FINAL]: 'ATTEMPT_CLOSED', [PARENTS_EXIST]: 'OUTPUT_NOT_FOUND' } as const;

/** Puts the seed's requests to an output store of ours. The seed knows no runs; here each task is a run. */
export class OutputAdapter implements Adapter<OutputRequest> {
  readonly #store: OutputStore;
  readonly #kept: Kept[] = [];
  /** The run that asks: that of the last record. */
  #currentTask = '';

  constructor(store: OutputStore) {
    this.#store = store;
  }

  ask(request: OutputRequest): Promise<Answer> {
    switch (request.op) {
      case 'out.append':
        return this.#append(request);
      case 'out.get':
        return this.#get(request.id);
      case 'out.latest':
        return this.#latest(request.name);
      case 'out.list':
        return this.#list(request.task, request.attempt);
    }
  }

  async #append(request: AppendRequest): Promise<Answer> {
    const view: View = {
      id: `$${request.as}`,
      task_id: request.task,
      attempt: request.attempt,
      producer_agent: request.producer,
      event: request.event,
      parent_refs: request.parents,
    };
    const refusal = this.#refusalOf(view);
    this.#kept.push({ view, refusal });
    this.#currentTask = view.task_id;
    const ours = await outcome(async () => {
      await this.#store.append(recordOf(view, this.#kept.length));
      return view.id;
    });
    return {
      ours,
      expected: refusal === undefined ? done(view.id) : refused(CODES[refusal]),
      seed: done(view.id),
      rules: refusal === undefined ? [] : [refusal],
    };
  }

  #refusalOf(view: View): Kept['refusal'] {
    const accepted = this.#accepted();
    if (!view.parent_refs.every((ref) => accepted.some(({ id }) => id === ref)))
      return PARENTS_EXIST;
    const closed = accepted.some(
      (other) => sameAttempt(other, view) && other.event.type === 'final',
    );
    return view.event.type === 'final' && closed ? ONE_FINAL : undefined;
  }

  #accepted(): View[] {
    return this.#kept.filter(({ refusal }) => refusal === undefined).map(({ view }) => view);
  }

  async #get(id: string): Promise<Answer> {
    const kept = this.#kept.find(({ view }) => view.id === id);
    const reply = await outcome(async () => viewOf(await this.#store.get(ourId(id))));
    // The same answer, called otherwise.
    const ours = isDeepStrictEqual(reply, refused('OUTPUT_NOT_FOUND'))
      ? refused('NotFound')
      : reply;
    if (kept === undefined) {
      return { ours, expected: refused('NotFound'), seed: refused('NotFound'), rules: [] };
    }
    const { view, refusal } = kept;
    const expected = refusal === undefined ? done(sized(view)) : refused('NotFound');
    return { ours, expected, seed: done(view), rules: rulesOf([kept]) };
  }

  async #latest(name: string): Promise<Answer> {
    const byName = this.#kept.filter(({ view }) => view.producer_agent === name);
    const seed = byName.at(-1);
    const across = byName.findLast(({ refusal }) => refusal === undefined);
    const within = byName.findLast(
      ({ view, refusal }) => refusal === undefined && view.task_id === this.#currentTask,
    );
    const scope = { runId: runOf(this.#currentTask) };
    const inRun = await this.#store.latestByProducer(name, scope);
    const anywhere = await this.#store.latestByProducer(name);
    const expected = found(within && sized(within.view));
    const rules = [
      ...(seed === undefined || (seed.refusal === undefined && seed !== within)
        ? []
        : rulesOf([seed])),
      ...(within === across ? [] : [WITHIN_RUN]),
    ];
    return {
      ours: found(inRun && viewOf(inRun)),
      expected,
      seed: found(seed?.view),
      rules: isDeepStrictEqual(expected, found(seed?.view)) ? [] : rules,
      asides: [{ ours: anywhere && viewOf(anywhere), expected: across && sized(across.view) }],
    };
  }

  async #list(task: string, attempt: number): Promise<Answer> {
    const kept = this.#kept.filter(({ view }) => view.task_id === task && view.attempt === attempt);
    const records = await this.#store.listForAttempt(task, attempt);
    const accepted = kept.filter(({ refusal }) => refusal === undefined);
    return {
      ours: done(records.map(viewOf)),
      expected: done(accepted.map(({ view }) => sized(view))),
      seed: done(kept.map(({ view }) => view)),
      rules: rulesOf(kept),
    };
  }
}

/** The rules that keep these records of the seed's out of our answers, or change them. */
function rulesOf(kept: readonly Kept[]): string[] {
  const rules = kept.flatMap(({ view, refusal }) =>
    refusal !== undefined ? [refusal] : isDeepStrictEqual(sized(view), view) ? [] : [FILE_HAS_SIZE],
  );
  return [...new Set(rules)];
}

function sameAttempt(a: View, b: View): boolean {
  return a.task_id === b.task_id && a.attempt === b.attempt;
}

const runOf = (task: string): string => `run_${task}`;
const ourId = (id: string): string => `out_${id}`;
const seedId = (id: string): string => id.slice('out_'.length);

/** The digest of the empty file; the seed has none, so none goes back to it. */
const SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

function recordOf(view: View, createdAtMs: number): OutputRecord {
  return {
    id: ourId(view.id),
    runId: runOf(view.task_id),
    taskId: view.task_id,
    attempt: view.attempt,
    producer: view.producer_agent,
    event: eventOf(view.event),
    parentRefs: view.parent_refs.map(ourId),
    createdAtMs,
  };
}

function viewOf(record: OutputRecord): View {
  return {
    id: seedId(record.id),
    task_id: record.taskId,
    attempt: record.attempt,
    producer_agent: record.producer,
    event: seedEventOf(record.event),
    parent_refs: record.parentRefs.map(seedId),
  };
}

function eventOf(event: SeedEvent): OutputEvent {
  switch (event.type) {
    case 'progress':
      return {
        type: 'progress',
        stage: event.stage,
        ...(event.note === null ? {} : { note: event.note }),
      };
    case 'partial':
      return { ...event, chunk: contentOf(event.chunk) };
    case 'artifact':
    case 'final':
      return { ...event, content: contentOf(event.content) };
  }
}

function contentOf(content: SeedContent): OutputContent {
  if (content.kind === 'inline') return content;
  const { path, mime, size_hint } = content;
  return {
    kind: 'file',
    path,
    size: size_hint ?? 0,
    sha256: SHA256,
    ...(mime === null ? {} : { mime }),
  };
}

function seedEventOf(event: OutputEvent): SeedEvent {
  switch (event.type) {
    case 'progress':
      return { ...event, note: event.note ?? null };
    case 'partial':
      return { ...event, chunk: seedContentOf(event.chunk) };
    case 'artifact':
    case 'final':
      return { ...event, content: seedContentOf(event.content) };
  }
}

function seedContentOf(content: OutputContent): SeedContent {
  if (content.kind === 'inline') return content;
  return {
    kind: 'file_ref',
    path: content.path,
    mime: content.mime ?? null,
    size_hint: content.size,
  };
}

/** The record as ours keeps it: a file without a size is one of 0 bytes. */
function sized(view: View): View {
  return { ...view, event: seedEventOf(eventOf(view.event)) };
}

/** Look-ups by name answer undefined where the seed says NotFound. */
function found(view: View | undefined): Plain {
  return view === undefined ? refused('NotFound') : done(view);
}

async function outcome(ask: () => Promise<unknown>): Promise<Plain> {
  try {
    return done(await ask());
  } catch (error) {
    if (!isRunchartError(error)) throw error;
    return refused(error.code);
  }
}
