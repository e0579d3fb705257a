import type { Receipt, RunchartErrorCode, RunEvent, TerminalStatus } from '../../../index.ts';
import { createdFacts, factsAfter, type RunFacts } from './run-facts.ts';
import { endsRun, isOver } from './status-table.ts';

/** What a request to a run is expected to come to. */
export type Answer =
  | { readonly refused: RunchartErrorCode }
  | { readonly seq: number; readonly late: boolean; readonly epoch: number };

/** An event in the log of the model; it stands at `seq` - 1. */
export interface ModelEvent {
  readonly epoch: number;
  readonly late: boolean;
  readonly event: RunEvent;
}

export interface ModelRequest {
  readonly event: RunEvent;
  readonly key?: string | undefined;
  readonly expectedSeq?: number | undefined;
  /** The epoch of a driver's handle; absent for commands. */
  readonly epoch?: number | undefined;
}

/** What a run is created with. */
export interface ModelCreation {
  readonly runId: string;
  readonly sessionId: string;
  readonly event: RunEvent;
  /** Who owns the run at first. */
  readonly owner: string;
}

/**
 * A run by the words of the contract, written by hand: it shares no code with the fold, the chart or
 * the run actor.
 */
export class ModelRun {
  readonly runId: string;
  readonly sessionId: string;
  readonly log: ModelEvent[];
  facts: RunFacts;
  /** Who drives the run; null when nobody does. */
  owner: string | null;
  /** The `seq` of the event that ended the run, 0 before. */
  decidedAt = 0;
  readonly #keys = new Map<string, Answer>();

  constructor({ runId, sessionId, event, owner }: ModelCreation) {
    this.runId = runId;
    this.sessionId = sessionId;
    this.owner = owner;
    this.facts = createdFacts({ runId, sessionId, event, epoch: 1 });
    this.log = [{ epoch: 1, late: false, event }];
  }

  get seq(): number {
    return this.log.length;
  }

  get isOver(): boolean {
    return isOver(this.facts.status);
  }

  /** Records an event, or says why not: the checks in the order of the contract. */
  record({ event, key, expectedSeq, epoch }: ModelRequest): Answer {
    const first = key === undefined ? undefined : this.#keys.get(key);
    if (first !== undefined) return first;
    if (!this.isOver && epoch !== undefined && epoch !== this.facts.epoch)
      return { refused: 'OWNER_FENCED' };
    if (expectedSeq !== undefined && expectedSeq !== this.seq) return { refused: 'SEQ_CONFLICT' };
    const refused = this.isOver ? undefined : this.#notNow(event);
    if (refused !== undefined) return { refused };
    const answer = this.#append(event);
    if (key !== undefined) this.#keys.set(key, answer);
    return answer;
  }

  /** Ends the run unless it is over. */
  cancel(reason: string | null): Answer | undefined {
    return this.isOver ? undefined : this.#append({ type: 'run.cancelled', reason });
  }

  /** Gives the run to another owner; its new epoch, or undefined when it is over. */
  claim(owner: string): number | undefined {
    if (this.isOver) return undefined;
    const attempt = this.facts.attempt + 1;
    this.#append({ type: 'attempt.started', attempt, owner }, owner);
    return this.facts.epoch;
  }

  /** Its owner closes in the middle of an attempt: nobody drives it from now on. */
  release(attempt: number): void {
    this.#append({ type: 'attempt.ended', attempt, reason: 'released', wakeAtMs: 0 }, null);
  }

  /** What is said to somebody who wanted to end the run. */
  receiptFor(answer: Answer | undefined): Receipt | Answer {
    if (answer !== undefined && 'refused' in answer) return answer;
    const status = this.facts.status as TerminalStatus;
    const already = status === 'cancelled' ? 'already-cancelled' : 'already-terminal';
    const decided = answer !== undefined && !answer.late;
    return { outcome: decided ? status : already, status, seq: this.decidedAt };
  }

  #notNow({ type, interruptId }: RunEvent): RunchartErrorCode | undefined {
    const { requireVerification, verification, waiting } = this.facts;
    if (type === 'run.created') return 'EVENT_INVALID';
    if (type === 'run.completed' && requireVerification && verification?.summary !== 'passed')
      return 'VERIFICATION_REQUIRED';
    const isOpen = waiting?.interrupts.some((id) => id === interruptId) ?? false;
    return type === 'interrupt.resolved' && !isOpen ? 'INTERRUPT_SETTLED' : undefined;
  }

  /** With `owner` the run changes hands. */
  #append(event: RunEvent, owner?: string | null): Answer {
    const late = this.isOver;
    const ends = !late && endsRun(event.type);
    const { runId, sessionId, facts } = this;
    const epoch = facts.epoch + (ends || owner !== undefined ? 1 : 0);
    this.facts = factsAfter(facts, { runId, sessionId, epoch, event });
    this.log.push({ epoch, late, event });
    if (owner !== undefined) this.owner = owner;
    if (ends) {
      this.decidedAt = this.seq;
      this.owner = null;
    }
    return { seq: this.seq, late, epoch };
  }
}
