import { isTerminal } from '../../../machines/run-status.ts';
import type { RunInfo } from '../../../runtime.ts';
import { counted } from '../format.ts';

/** What somebody should know of a run besides its status; undefined: nothing. */
export interface Standing {
  readonly kind: 'question' | 'left' | 'stalled' | 'asleep';
  readonly text: string;
}

export function standingOf({ snapshot, owner, isStalled }: RunInfo): Standing | undefined {
  if (isTerminal(snapshot.status)) return undefined;
  const { waiting } = snapshot;
  const open = waiting?.interrupts.length ?? 0;
  if (open > 0) return { kind: 'question', text: counted(open, 'open question') };
  if (owner !== null && !owner.alive) return { kind: 'left', text: 'its process is gone' };
  if (isStalled) return { kind: 'stalled', text: 'nothing heard of it' };
  if (waiting?.parked === 'waiting') {
    return { kind: 'asleep', text: waiting.wakeAtMs === null ? 'waits for a signal' : 'sleeps' };
  }
  return undefined;
}
