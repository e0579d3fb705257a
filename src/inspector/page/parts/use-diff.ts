import { useEffect, useMemo, useState } from 'preact/hooks';
import type { DiffAnswer } from './diff-worker.ts';
import type { DiffNode } from './value-diff.ts';

/** How two values differ: not known yet, known, or why it cannot be told. */
export interface Compared {
  readonly node: DiffNode | undefined;
  readonly problem: string | undefined;
}

const NOTHING: Compared = { node: undefined, problem: undefined };

/**
 * Compares two values beside the page, which goes on meanwhile. `undefined` for either: nothing is compared. What
 * was answered last stays until the next answer.
 */
export function useDiff(before: unknown, after: unknown): Compared {
  const [compared, setCompared] = useState<Compared>(NOTHING);
  const worker = useMemo(
    () => new Worker(new URL('diff-worker.ts', import.meta.url), { type: 'module' }),
    [],
  );
  useEffect(() => () => worker.terminate(), [worker]);
  useEffect(() => {
    if (before === undefined || after === undefined) {
      setCompared(NOTHING);
      return undefined;
    }
    const id = performance.now();
    const hear = ({ data }: MessageEvent<DiffAnswer>): void => {
      if (data.id !== id) return;
      setCompared(
        'text' in data
          ? { ...NOTHING, node: JSON.parse(data.text) as DiffNode }
          : { ...NOTHING, problem: data.problem },
      );
    };
    const fail = (): void => setCompared({ ...NOTHING, problem: 'The comparison did not work.' });
    worker.addEventListener('message', hear);
    worker.addEventListener('error', fail);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- A worker has none.
    worker.postMessage({ id, before, after });
    return () => {
      worker.removeEventListener('message', hear);
      worker.removeEventListener('error', fail);
    };
  }, [before, after, worker]);
  return compared;
}
