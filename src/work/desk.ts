import type { Clock } from '../actors/index.ts';
import type { StepTry } from './around-step.ts';
import type { RunEvent } from '../machines/index.ts';
import type { History } from './history.ts';
import type { Inbox } from './inbox.ts';
import type { Journal } from './journal.ts';
import type { Presence } from './presence.ts';

/** What tells the tries of an attempt apart. */
export type OneTry = Pick<StepTry, 'stepId' | 'name' | 'within' | 'tries'>;

/** What the parts of one attempt share. */
export interface Desk {
  readonly runId: string;
  readonly attempt: number;
  /** Aborted when the run is over, was taken over, is parked, or the runtime closes. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly history: History;
  readonly journal: Journal;
  readonly presence: Presence;
  readonly inbox: Inbox;
  /**
   * Records an event of the attempt; resolves with its `seq` when it is durable. A store that fails for
   * longer than a moment ends the attempt, not the run: another attempt is made later.
   */
  record(event: RunEvent, idempotencyKey?: string): Promise<number>;
  /** The same for anything else that is written. */
  durably<T>(write: () => Promise<T>): Promise<T>;
  /** Records an event of the code's own. */
  tell(event: RunEvent): Promise<number>;
  /** Does one try of a step. */
  around<T>(step: OneTry, work: () => Promise<T>): Promise<T>;
  /** The code of a step begins (again). */
  onTry(stepId: string): void;
}
