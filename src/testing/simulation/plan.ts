import type { MachinePart, Program, Verdict } from './program.ts';

/** How a call of a store goes wrong. */
export type FaultMode =
  /** It fails, and nothing was done. */
  | 'refuse'
  /** It is done, and its answer is an error. */
  | 'lose'
  /** It takes its time, before it is done or after. */
  | 'slow'
  /** The process dies before it is done. */
  | 'die-before'
  /** It is done, and the process dies before it hears of it. */
  | 'die-after';

interface ByProcess {
  readonly process: number;
}

interface ToRun extends ByProcess {
  readonly run: number;
}

/** What happens from outside. Runs and processes are numbers that are taken modulo how many there are. */
export type Deed =
  | (ByProcess & {
      readonly do: 'start';
      /** Of a program, or of a machine: those are counted after the programs. */
      readonly program: number;
      readonly deadlineMs?: number;
      readonly key?: string;
      readonly session?: string;
    })
  | (ByProcess & { readonly do: 'open'; readonly key?: string })
  | (ToRun & { readonly do: 'record'; readonly key?: string })
  | (ToRun & { readonly do: 'send'; readonly key?: string })
  /** `drives`: by the handle of the last claim, or of the opening, if there is one. */
  | (ToRun & { readonly do: 'complete'; readonly drives: boolean })
  | (ToRun & { readonly do: 'fail'; readonly drives: boolean })
  | (ToRun & { readonly do: 'cancel' })
  /** `how`: once, twice at the same time, or what was asked first, whether it is still asked or not. */
  | (ToRun & { readonly do: 'resolve'; readonly how: 'once' | 'twice' | 'late' })
  | (ToRun & { readonly do: 'fork' })
  | (ToRun & { readonly do: 'claim' })
  | (ToRun & { readonly do: 'watch' })
  | (ByProcess & { readonly do: 'prune' })
  | (ByProcess & { readonly do: 'close' })
  | (ByProcess & { readonly do: 'kill' })
  /** `code`: from now on the process has other code, without another version. */
  | (ByProcess & { readonly do: 'reopen'; readonly code?: number })
  | (ByProcess & {
      readonly do: 'fault';
      readonly mode: FaultMode;
      readonly calls: 'writes' | 'reads' | 'any';
      /** How many such calls go well before. */
      readonly skip: number;
      readonly times: number;
    })
  | { readonly do: 'wait'; readonly ms: number };

/** A deed, after so many steps of the world since the one before it. */
export type Action = Deed & { readonly after: number };

/** A history as it is meant to be: what is played, from which every line of it follows. */
export interface Plan {
  readonly seed: number;
  readonly processes: number;
  /** Which code each process has in the beginning. */
  readonly codes: readonly number[];
  readonly programs: readonly Program[];
  /** Of each program what its check says; null for one that neither plans nor verifies. */
  readonly verdicts: readonly (Verdict | null)[];
  readonly machines: readonly (readonly MachinePart[])[];
  readonly actions: readonly Action[];
}
