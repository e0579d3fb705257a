import type { RunSnapshot } from '../machines/index.ts';
import { FIRST_EPOCH } from './decide.ts';

/** True for a run that was created for anybody to drive, and that nobody has begun: nobody has left it behind. */
export function isNeverBegun({ attempt, epoch, waiting }: RunSnapshot): boolean {
  return attempt === 0 && epoch === FIRST_EPOCH && waiting?.parked === 'released';
}
