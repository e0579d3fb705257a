import type { RunchartErrorCode, RunEvent, RunSnapshot, RunStatus } from '../../../src/index.ts';
import { statusAfter } from '../status-table.ts';

/** What a request to a run is expected to come to. */
export type Expected =
  | { readonly refused: RunchartErrorCode }
  | { readonly seq: number; readonly late: boolean; readonly epoch: number };

export interface Sending {
  readonly event: RunEvent;
  readonly key?: string | undefined;
  readonly expectedSeq?: number | undefined;
  /** The epoch of a driver's handle. */
  readonly epoch?: number | undefined;
}

const ENDS: Readonly<Record<string, RunStatus>> = {
  'run.completed': 'completed',
  'run.failed': 'failed',
  'run.cancelled': 'cancelled',
};

const isOver = (status: RunStatus): boolean => Object.values(ENDS).includes(status);

/**
 * A run by the words of the contract, written by hand: it shares no code with the fold, the chart or
 * the run actor. Statuses come from the table that was written out from the contract.
 */
export class ModelRun {
  status: RunStatus = 'created';
  prompt: string;
  epoch = 1;
  attempt = 0;
  seq = 1;
  late = 0;
  decidedAt = 0;
  result: unknown = null;
  errorMessage: string | null = null;
  cancelReason: string | null = null;
  summary: string | null = null;
  readonly requireVerification: boolean;
  readonly #keys = new Map<string, Expected>();

  constructor(prompt: string, requireVerification: boolean) {
    this.prompt = prompt;
    this.requireVerification = requireVerification;
  }

  get isOver(): boolean {
    return isOver(this.status);
  }

  send({ event, key, expectedSeq, epoch }: Sending): Expected {
    const first = key === undefined ? undefined : this.#keys.get(key);
    if (first !== undefined) return first;
    if (!this.isOver && epoch !== undefined && epoch !== this.epoch)
      return { refused: 'OWNER_FENCED' };
    if (expectedSeq !== undefined && expectedSeq !== this.seq) return { refused: 'SEQ_CONFLICT' };
    if (!this.isOver && event.type === 'run.completed' && this.requireVerification) {
      if (this.summary !== 'passed') return { refused: 'VERIFICATION_REQUIRED' };
    }
    const answer = this.#record(event, false);
    if (key !== undefined) this.#keys.set(key, answer);
    return answer;
  }

  /** Cancels unless the run is over. */
  cancel(reason: string | null): Expected | undefined {
    return this.isOver ? undefined : this.#record({ type: 'run.cancelled', reason }, false);
  }

  claim(): number | undefined {
    if (this.isOver) return undefined;
    this.#record({ type: 'attempt.started', attempt: this.attempt + 1 }, true);
    return this.epoch;
  }

  #record(event: RunEvent, changesHands: boolean): Expected {
    this.seq += 1;
    if (this.isOver) {
      this.late += 1;
      return { seq: this.seq, late: true, epoch: this.epoch };
    }
    const ends = ENDS[event.type];
    if (changesHands || ends !== undefined) this.epoch += 1;
    if (ends !== undefined) this.decidedAt = this.seq;
    this.status = event.type.startsWith('custom.')
      ? this.status
      : statusAfter(this.status, event.type);
    this.#decide(event);
    return { seq: this.seq, late: false, epoch: this.epoch };
  }

  #decide(event: RunEvent): void {
    switch (event.type) {
      case 'run.started':
        if (this.prompt === '') this.prompt = (event['prompt'] as string | undefined) ?? '';
        break;
      case 'run.completed':
        this.result = event['result'] ?? null;
        break;
      case 'run.failed':
        this.errorMessage = (event['error'] as { message: string }).message;
        break;
      case 'run.cancelled':
        this.cancelReason = (event['reason'] as string | null | undefined) ?? null;
        break;
      case 'attempt.started':
        this.attempt = event['attempt'] as number;
        break;
      case 'verification.reported':
        this.summary = (event['checks'] as { status: string }[])[0]?.status ?? 'skipped';
        break;
    }
  }

  /** The fields of a snapshot that the model knows. */
  view(): unknown {
    return {
      status: this.status,
      prompt: this.prompt,
      epoch: this.epoch,
      attempt: this.attempt,
      eventCount: this.seq,
      lateCount: this.late,
      result: this.result,
      errorMessage: this.errorMessage,
      cancelReason: this.cancelReason,
      summary: this.summary,
      requireVerification: this.requireVerification,
    };
  }
}

/** The same fields of a snapshot of ours. */
export function viewOf(snapshot: RunSnapshot): unknown {
  const { status, prompt, epoch, attempt, eventCount, lateCount, result, cancelReason } = snapshot;
  return {
    status,
    prompt,
    epoch,
    attempt,
    eventCount,
    lateCount,
    result,
    errorMessage: snapshot.error?.message ?? null,
    cancelReason,
    summary: snapshot.verification?.summary ?? null,
    requireVerification: snapshot.requireVerification,
  };
}
