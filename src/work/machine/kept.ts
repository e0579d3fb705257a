import type { Json } from '../../json.ts';

/** Logic that the machine has invoked and that has not ended, as far as the machine knows. */
export interface Invoked {
  readonly id: string;
  /** Its id in the log: that of a step, or of an interrupt. */
  readonly entryId: string;
  readonly kind: 'step' | 'interrupt';
  /** Which time it was invoked, from 1. */
  readonly occurrence: number;
}

/** An event that comes at an instant. */
interface Timer {
  /** Tells timers apart; what they are called off by need not be unique. */
  readonly key: string;
  readonly id: string | null;
  readonly atMs: number;
  readonly event: Json;
}

/** All that a machine goes on from, beside its context: what the channel `machine` of a checkpoint has. */
export interface Kept {
  /** Events that were decided on: taken, or ignored. */
  readonly decisions: number;
  readonly status: 'active' | 'done';
  /** Of the XState snapshot. */
  readonly value: Json;
  readonly history: Json;
  readonly children: Json;
  readonly output?: Json;
  readonly timers: readonly Timer[];
  readonly invoked: readonly Invoked[];
  /** How often each id was invoked: what tells its entries in the log apart. */
  readonly counts: { readonly [id: string]: number };
  /** Events that the machine sent to itself. */
  readonly mail: readonly Json[];
  /** Signals that were taken or ignored. */
  readonly signals: number;
  /** Members of the context that are undefined: a channel that is there once stays. */
  readonly absent?: readonly string[];
}

/** Where the event came from that a machine decided on. What it carried is found there. */
export type Cause =
  | { readonly from: 'start' }
  | { readonly from: 'mail' }
  | { readonly from: 'signal'; readonly index: number }
  | { readonly from: 'timer'; readonly key: string }
  | { readonly from: 'invoked'; readonly entryId: string };

export const NOTHING_KEPT: Kept = {
  decisions: 0,
  status: 'active',
  value: null,
  history: {},
  children: {},
  timers: [],
  invoked: [],
  counts: {},
  mail: [],
  signals: 0,
};

/** The same without what the event of that cause was. */
export function consume(kept: Kept, cause: Cause): Kept {
  const next = { ...kept, decisions: kept.decisions + 1 };
  switch (cause.from) {
    case 'start':
      return next;
    case 'mail':
      return { ...next, mail: kept.mail.slice(1) };
    case 'signal':
      return { ...next, signals: cause.index + 1 };
    case 'timer':
      return { ...next, timers: kept.timers.filter(({ key }) => key !== cause.key) };
    case 'invoked':
      return { ...next, invoked: kept.invoked.filter(({ entryId }) => entryId !== cause.entryId) };
    default:
      return cause satisfies never;
  }
}
