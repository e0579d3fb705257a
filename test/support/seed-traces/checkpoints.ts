import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../../src/json.ts';
import type { ChannelValues, Checkpointer, CheckpointKey } from '../../../src/stores/index.ts';
import { type Adapter, type Answer, done, type Plain, refused } from './replay.ts';

export interface CheckpointRequest {
  readonly op: 'cp.save' | 'cp.load' | 'cp.latest' | 'cp.list' | 'cp.fork';
  readonly wf: string;
  readonly run: string;
  readonly step?: number;
  readonly values?: ChannelValues;
  readonly label?: string;
  readonly edits?: readonly (readonly [string, Json])[];
  readonly as?: string;
}

/** Load and latest agree on a repeated step: both answer the newest version. A fork takes that one too. */
const NEWEST_VERSION = 'difference 5 (load answers the newest version)';
/** The contract of `list`; the seed lists in order of saving. */
const LIST_ORDER = 'rule: list is in order of super-step, then version';

interface Saved {
  readonly key: CheckpointKey;
  readonly values: ChannelValues;
  readonly label: string;
}

/** What both systems can be asked, over one plain list of saves. */
class Model {
  readonly saves: Saved[] = [];
  readonly #newestWins: boolean;

  constructor(newestWins: boolean) {
    this.#newestWins = newestWins;
  }

  load(key: CheckpointKey): Saved | undefined {
    const same = this.line(key).filter((save) => save.key.superStep === key.superStep);
    return this.#newestWins ? same.at(-1) : same[0];
  }

  latest(line: CheckpointKey): Saved | undefined {
    return this.line(line)
      .toSorted((a, b) => a.key.superStep - b.key.superStep)
      .at(-1);
  }

  line({ definition, runId }: CheckpointKey): Saved[] {
    return this.saves.filter(({ key }) => key.definition === definition && key.runId === runId);
  }

  list(line: CheckpointKey): Saved[] {
    const saves = this.line(line);
    return this.#newestWins ? saves.toSorted((a, b) => a.key.superStep - b.key.superStep) : saves;
  }
}

/** Puts the seed's requests to a checkpointer of ours. `fork` is made of `load` and `save`, as it is in the runtime. */
export class CheckpointAdapter implements Adapter<CheckpointRequest> {
  readonly #store: Checkpointer;
  readonly #seed = new Model(false);
  readonly #expected = new Model(true);

  constructor(store: Checkpointer) {
    this.#store = store;
  }

  async ask(request: CheckpointRequest): Promise<Answer> {
    const key = { definition: request.wf, runId: request.run, superStep: request.step ?? 0 };
    switch (request.op) {
      case 'cp.save':
        return this.#save({ key, values: request.values ?? {}, label: request.label ?? '' });
      case 'cp.load':
        return answer(
          found(await this.#store.load(key)),
          ...this.#models((model) => done(viewOf(model.load(key)))),
          NEWEST_VERSION,
        );
      case 'cp.latest':
        return answer(
          found(await this.#store.latest(key)),
          ...this.#models((model) => done(viewOf(model.latest(key)))),
          NEWEST_VERSION,
        );
      case 'cp.list':
        return this.#list(key);
      case 'cp.fork':
        return this.#fork(key, request);
    }
  }

  #models(of: (model: Model) => Plain): [expected: Plain, seed: Plain] {
    return [of(this.#expected), of(this.#seed)];
  }

  async #save(saved: Saved): Promise<Answer> {
    await this.#write(saved);
    this.#expected.saves.push(saved);
    this.#seed.saves.push(saved);
    return { ours: done(null), expected: done(null), seed: done(null), rules: [] };
  }

  async #write({ key, values, label }: Saved): Promise<void> {
    await this.#store.save({ ...key, values, label, createdAtMs: 0 });
  }

  async #list(key: CheckpointKey): Promise<Answer> {
    const metas = await this.#store.list(key);
    const [expected, seed] = this.#models((model) =>
      done(model.list(key).map((saved) => keyView(saved.key))),
    );
    const seen = new Map<number, number>();
    const versions = this.#expected.list(key).map(({ key: { superStep } }) => {
      seen.set(superStep, (seen.get(superStep) ?? 0) + 1);
      return seen.get(superStep);
    });
    const asides = [{ ours: metas.map(({ version }) => version), expected: versions }];
    return { ...answer(done(metas.map(keyView)), expected, seed, LIST_ORDER), asides };
  }

  async #fork(key: CheckpointKey, { edits = [], as = '' }: CheckpointRequest): Promise<Answer> {
    const forkOf = (values: ChannelValues): Saved => ({
      key: { ...key, runId: `$${as}` },
      values: Object.fromEntries([...Object.entries(values), ...edits]),
      label: `fork-of:${key.runId}`,
    });
    const source = await this.#store.load(key);
    if (source !== undefined) await this.#write(forkOf(source.values));
    const reply = (model: Model): Plain => {
      const saved = model.load(key);
      if (saved === undefined) return refused('Internal');
      model.saves.push(forkOf(saved.values));
      return done(`$${as}`);
    };
    const ours = source === undefined ? refused('Internal') : done(`$${as}`);
    return answer(ours, ...this.#models(reply), NEWEST_VERSION);
  }
}

function answer(ours: Plain, expected: Plain, seed: Plain, rule: string): Answer {
  return { ours, expected, seed, rules: isDeepStrictEqual(expected, seed) ? [] : [rule] };
}

function found(
  checkpoint: (CheckpointKey & { values: ChannelValues; label: string | null }) | undefined,
): Plain {
  if (checkpoint === undefined) return done(null);
  return done({
    key: keyView(checkpoint),
    label: checkpoint.label,
    values: checkpoint.values,
  });
}

function viewOf(saved: Saved | undefined): unknown {
  return saved === undefined
    ? null
    : { key: keyView(saved.key), label: saved.label, values: saved.values };
}

function keyView({ definition, runId, superStep }: CheckpointKey): unknown {
  return { run_id: runId, super_step: superStep, workflow_id: definition };
}
