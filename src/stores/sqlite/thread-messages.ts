import type { Job, JobAnswer, JobFailure } from './jobs.ts';
import type { WriterFacts } from './open-writer.ts';

export interface NumberedJob {
  readonly id: number;
  readonly job: Job;
}

export type ToThread =
  | { readonly kind: 'jobs'; readonly jobs: readonly NumberedJob[] }
  | { readonly kind: 'watch'; readonly sincePos: number | null }
  | { readonly kind: 'close' };

export type FromThread =
  | { readonly kind: 'opened'; readonly facts: WriterFacts }
  | { readonly kind: 'refused'; readonly answer: JobFailure }
  | { readonly kind: 'answers'; readonly answers: readonly (readonly [number, JobAnswer])[] }
  | { readonly kind: 'changes'; readonly runIds: readonly string[] };
