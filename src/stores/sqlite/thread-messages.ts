import type { JobFailure } from './jobs.ts';
import type { WriterFacts } from './open-writer.ts';
import type { PackedAnswer, PackedJob } from './packing.ts';

export interface NumberedJob {
  readonly id: number;
  readonly job: PackedJob;
}

export type ToThread =
  | { readonly kind: 'jobs'; readonly jobs: readonly NumberedJob[] }
  | { readonly kind: 'watch'; readonly sincePos: number | null }
  | { readonly kind: 'close' };

export type FromThread =
  | { readonly kind: 'opened'; readonly facts: WriterFacts }
  | { readonly kind: 'refused'; readonly answer: JobFailure }
  | { readonly kind: 'answers'; readonly answers: readonly (readonly [number, PackedAnswer])[] }
  | { readonly kind: 'changes'; readonly runIds: readonly string[] };
