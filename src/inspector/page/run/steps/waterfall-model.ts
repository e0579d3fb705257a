import { useComputed, type ReadonlySignal } from '@preact/signals';
import { now } from '../../now.ts';
import { createAxis, type TimeAxis } from '../../parts/time/time-axis.ts';
import { sumOf, union } from '../../parts/time/time-span.ts';
import type { RunStore } from '../run-store.ts';
import { busyTimes, rowsOf, rowsUntil, type StepRow, type Then } from './step-rows.ts';

/** What the waterfall shows of a run. */
export interface WaterfallModel {
  /** Every row, in order of beginning, those that begin after the moment too. */
  readonly rows: ReadonlySignal<readonly StepRow[]>;
  readonly axis: ReadonlySignal<TimeAxis>;
  /** The moment that is looked at. */
  readonly at: ReadonlySignal<Then>;
  /** Rows that have begun by the moment. */
  readonly begun: ReadonlySignal<number>;
  readonly totals: ReadonlySignal<Totals>;
}

interface Totals {
  /** Milliseconds in which at least one row was at work. */
  readonly workMs: number;
  /** Milliseconds in which none was. */
  readonly waitMs: number;
}

export function useWaterfall(store: RunStore): WaterfallModel {
  const turn = useComputed(() => turnOf(store));
  const rows = useComputed(() => {
    void turn.value;
    return rowsOf(store.model.parts);
  });
  // The axis is that of the whole log: scrubbing moves a line, and nothing else.
  const whole = useComputed(() => {
    void turn.value;
    return thenOf(store, store.lastSeq, true);
  });
  const at = useComputed(() => thenOf(store, store.moment.value.seq, store.moment.value.isLive));
  const busy = useComputed(() => busyTimes(rows.value, whole.value));
  const axis = useComputed(() => {
    const toMs = Math.max(whole.value.untilMs, endOf(store));
    return createAxis({ fromMs: beginOf(store), toMs }, busy.value);
  });
  const begun = useComputed(() => rowsUntil(rows.value, at.value.seq));
  const totals = useComputed(() => {
    const toMs = at.value.untilMs;
    const fromMs = beginOf(store);
    const workMs = sumOf(union(busy.value, { fromMs, toMs }));
    return { workMs, waitMs: Math.max(0, toMs - fromMs - workMs) };
  });
  return { rows, axis, at, begun, totals };
}

/** Batches of a log that is being read, after which everything is laid out anew. */
const BATCHES = 8;

/** Grows when there is something to lay out anew: less often while the log is being read. */
function turnOf({ reading, version }: RunStore): number {
  const { value } = version;
  return reading.value === 'reading'
    ? Math.floor(value / BATCHES) - Number.MAX_SAFE_INTEGER
    : value;
}

function thenOf(store: RunStore, seq: number, isLive: boolean): Then {
  const { model } = store;
  const { end, parts } = model;
  const isOver = end !== undefined && end.seq <= seq;
  const heardMs = model.event(isOver ? end.seq : seq)?.emittedAtMs ?? 0;
  const isWorking = isLive && !isOver && store.info.value?.owner?.alive === true;
  return {
    seq,
    untilMs: isWorking ? Math.max(heardMs, now.value) : heardMs,
    isOver,
    attempts: parts.attempts,
  };
}

function beginOf({ model }: RunStore): number {
  return model.events[0]?.emittedAtMs ?? 0;
}

/** When the run was last at something: what comes after its end is no time of it. */
function endOf({ model }: RunStore): number {
  const { end, lastSeq } = model;
  return model.event(end?.seq ?? lastSeq)?.emittedAtMs ?? 0;
}
