import {
  type Envelope,
  type IdleEvents,
  type LateEvent,
  type LogExplainer,
  logExplainer,
  type LogExplanation,
  type PathStep,
} from '../../../machines/index.ts';
import { countUntil, type LogModel } from './log-model.ts';

/** Milliseconds of one slice of explaining: the page stays smooth meanwhile. */
const SLICE_MS = 12;
/** Events between two looks at the time. */
const CHUNK = 64;

/**
 * Explains the log of a run as it grows: each event is looked at once, in slices. What is explained of the
 * whole log holds for every moment of it, as `explanationUntil` cuts it.
 */
export class ExplanationOfLog {
  readonly #model: LogModel;
  readonly #explainer: LogExplainer;
  #explained = 0;

  constructor(model: LogModel) {
    this.#model = model;
    this.#explainer = logExplainer(model.at(model.firstSeq - 1));
  }

  /** Whether it was made of this log, and not of one that has been replaced since. */
  isOf(model: LogModel): boolean {
    return this.#model === model;
  }

  /** How many events of the log are explained. */
  get size(): number {
    return this.#explained;
  }

  /** What is known so far; undefined before the first event. */
  get explanation(): LogExplanation | undefined {
    return this.#explainer.explain();
  }

  /** Takes in what the log has gained. Ends early when `signal` is aborted; goes on from there the next time. */
  async catchUp(signal: AbortSignal): Promise<void> {
    const { events } = this.#model;
    let sliceEndMs = performance.now() + SLICE_MS;
    while (this.#explained < events.length && !signal.aborted) {
      const end = Math.min(events.length, this.#explained + CHUNK);
      for (; this.#explained < end; this.#explained += 1) {
        this.#explainer.add(events[this.#explained] as Envelope);
      }
      if (performance.now() < sliceEndMs) continue;
      await new Promise((resolve) => setTimeout(resolve, 0));
      sliceEndMs = performance.now() + SLICE_MS;
    }
  }
}

/** Events without effect up to a moment. */
export interface IdleUntil extends IdleEvents {
  /** How many of them had come by then. */
  readonly countUntil: number;
}

/** An explanation as it stood at a moment of the log. Nothing of the whole is left out: counts tell how far it had come. */
export interface ExplanationUntil {
  readonly path: readonly PathStep[];
  /** How many steps of the path had been made. */
  readonly pathUntil: number;
  readonly late: readonly LateEvent[];
  readonly lateUntil: number;
  readonly idle: readonly IdleUntil[];
  /** Events without effect, all of them, by then. */
  readonly idleUntil: number;
}

export function explanationUntil(
  { path, late, idle }: LogExplanation,
  seq: number,
): ExplanationUntil {
  const groups = idle.map((group) => ({ ...group, countUntil: idleCount(group, seq) }));
  return {
    path,
    pathUntil: countUntil(path, seq),
    late,
    lateUntil: countUntil(late, seq),
    idle: groups,
    idleUntil: groups.reduce((sum, group) => sum + group.countUntil, 0),
  };
}

function idleCount({ count, seqs }: IdleEvents, seq: number): number {
  const [lastFrom, lastTo] = seqs.at(-1) ?? [0, 0];
  if (lastTo <= seq) return count;
  if (lastFrom <= seq) return count - (lastTo - seq);
  let sum = 0;
  for (const [from, to] of seqs) {
    if (from > seq) break;
    sum += Math.min(to, seq) - from + 1;
  }
  return sum;
}
