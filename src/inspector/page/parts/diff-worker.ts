import { diffValues } from './value-diff.ts';

/** What the worker is asked. */
export interface DiffQuestion {
  readonly id: number;
  readonly before: unknown;
  readonly after: unknown;
}

/** What it answers: how the values differ, or why that could not be told. */
export type DiffAnswer = { readonly id: number } &
  /** A `DiffNode` as JSON: a page reads a big one from a text far faster than it copies it. */
  ({ readonly text: string } | { readonly problem: string });

addEventListener('message', ({ data }: MessageEvent<DiffQuestion>) => {
  const { id, before, after } = data;
  try {
    const text = JSON.stringify(diffValues(before, after));
    postMessage({ id, text } satisfies DiffAnswer);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    postMessage({ id, problem } satisfies DiffAnswer);
  }
});
