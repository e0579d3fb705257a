import { RunchartError } from '../../errors.ts';
import type { Job, JobAnswer, JobFailure, ResultOf } from './jobs.ts';
import type { WriterFacts } from './open-writer.ts';

/**
 * The one place that writes. Jobs that arrive while a transaction is under way are executed together
 * by the next one, each with an answer of its own.
 */
export interface Writer {
  /** Opens, creates or migrates the file. */
  open(): Promise<WriterFacts>;
  /** Resolves when the job is durable. */
  run<J extends Job>(job: J): Promise<ResultOf<J>>;
  /** Reports runs that others write to after event `sincePos`; null ends that. */
  watch(sincePos: number | null): void;
  /** Lets the jobs under way settle and closes the file. */
  close(): Promise<void>;
}

/** Called with the ids of runs that others wrote to. */
export type OnChange = (runIds: readonly string[]) => void;

/** A job that waits for its answer. */
export interface Pending {
  resolve(value: unknown): void;
  reject(reason: RunchartError): void;
}

export function settle(pending: Pending, answer: JobAnswer): void {
  if (answer.ok) pending.resolve(answer.value);
  else pending.reject(toError(answer));
}

export function toError({ code, message, cause }: JobFailure): RunchartError {
  return new RunchartError(code, message, cause === undefined ? {} : { cause });
}
