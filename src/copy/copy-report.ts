export interface CopyOptions {
  /**
   * Only these runs, and all that they are related to: parents, children, the sources of forks, forks, and
   * the runs that their outputs were made from. RUN_NOT_FOUND when the source does not have one of them.
   */
  readonly runIds?: readonly string[];
  /** Only the runs of this session, and all that they are related to. */
  readonly sessionId?: string;
  /**
   * Copies also runs that somebody drives in the source, as far as they are without their last event, so that
   * nobody drives them in the target. A later copy brings the rest. Default false: they are left out.
   */
  readonly live?: boolean;
  /** Compares both stores when all is copied, run by run. Default true. */
  readonly verify?: boolean;
}

/** A run that is not, or not wholly, in the target, and why: a sentence that names it. */
export interface LeftOutRun {
  readonly runId: string;
  readonly why: string;
}

/** What a copy tells of while it is at work. */
export type CopyStep =
  /** What there is to do, before anything is done. */
  | {
      readonly kind: 'planned';
      readonly runs: number;
      readonly there: number;
      readonly events: number;
    }
  /** Outputs that were looked at, of those that have to be there. */
  | { readonly kind: 'outputs'; readonly outputs: number }
  /** Runs that are whole in the target since the step before, and events that were added. */
  | { readonly kind: 'runs'; readonly runs: number; readonly events: number }
  | { readonly kind: 'left'; readonly left: LeftOutRun }
  /** A run was compared. */
  | { readonly kind: 'compared'; readonly runId: string; readonly differences: readonly string[] };

/** What came of a copy. Figures are of this call: what was there before is not in them. */
export interface CopyReport {
  /** Runs that are wholly in the target now, and were not before. */
  readonly copied: number;
  /** Runs that were wholly there before. */
  readonly there: number;
  /** Runs that are not, or not wholly, in the target. */
  readonly left: readonly LeftOutRun[];
  readonly events: number;
  /** Contents of outputs that were copied, and their bytes. */
  readonly blobs: number;
  readonly blobBytes: number;
  /** Runs that were compared; 0 without `verify`. */
  readonly compared: number;
  /** One sentence each; empty when everything that was compared is the same. */
  readonly differences: readonly string[];
  /** Everything that was asked for is in the target, and nothing that was compared differs. */
  readonly ok: boolean;
}
