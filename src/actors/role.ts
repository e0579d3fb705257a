import type { Dispatch } from './dispatch.ts';

/**
 * What a process is for. all: it starts runs, and drives those it starts. orchestrator: it starts runs and commands
 * them, and drives none. worker: it drives what anybody started, and starts for anybody to drive.
 */
export type Role = 'all' | 'orchestrator' | 'worker';

/** True: runs that are started here are nobody's, and any process that has their definition may begin them. */
export function startsForAnybody(role: Role, { shared }: Pick<Dispatch, 'shared'>): boolean {
  return role !== 'all' || shared === true;
}
