import { type Signal, useSignal } from '@preact/signals';
import { useCallback, useEffect } from 'preact/hooks';
import type { OutputRecord } from '../../../../stores/index.ts';
import { runtime } from '../../api.ts';
import type { RunStore } from '../run-store.ts';

const PAGE = 500;

/** The records of the outputs of a run, as far as they were fetched. */
export interface Outputs {
  readonly byId: ReadonlyMap<string, OutputRecord>;
  readonly isReading: boolean;
  readonly error: unknown;
}

/** Fetches the records page by page, and further ones when the log tells of them. */
export function useOutputs(store: RunStore): {
  readonly outputs: Signal<Outputs>;
  readonly again: () => void;
} {
  const outputs = useSignal<Outputs>({ byId: new Map(), isReading: true, error: undefined });
  const turn = useSignal(0);
  const again = useCallback(() => {
    turn.value += 1;
  }, [turn]);
  void store.version.value;
  const told = store.model.parts.outputs.length;
  useEffect(() => {
    const over = new AbortController();
    void readInto(store, outputs, over.signal);
    return () => over.abort();
  }, [told, turn.value]);
  return { outputs, again };
}

async function readInto(
  store: RunStore,
  outputs: Signal<Outputs>,
  signal: AbortSignal,
): Promise<void> {
  try {
    const run = await store.run;
    const known = new Map(outputs.peek().byId);
    for (;;) {
      const afterId = [...known.keys()].at(-1);
      const page = await run.outputs.list({
        limit: PAGE,
        ...(afterId !== undefined && { afterId }),
      });
      if (signal.aborted) return;
      for (const record of page) known.set(record.id, record);
      const isReading = page.length === PAGE;
      outputs.value = { byId: new Map(known), isReading, error: undefined };
      if (!isReading) return;
    }
  } catch (error) {
    if (!signal.aborted) outputs.value = { ...outputs.peek(), isReading: false, error };
  }
}

/** Outputs of other runs that are looked up at most: what was made from more of them shows their ids. */
const MOST_FOREIGN = 60;

/** The records of outputs of other runs, by id; one that cannot be had is null. */
export function useForeign(ids: readonly string[]): ReadonlyMap<string, OutputRecord | null> {
  const found = useSignal<ReadonlyMap<string, OutputRecord | null>>(new Map());
  const key = ids.slice(0, MOST_FOREIGN).join(' ');
  useEffect(() => {
    let isOver = false;
    const wanted = key.split(' ').filter((id) => id !== '' && !found.peek().has(id));
    void Promise.all(
      wanted.map(async (id): Promise<readonly [string, OutputRecord | null]> => {
        const record = await runtime.outputs.get(id).catch(() => null);
        return [id, record];
      }),
    ).then((records) => {
      if (!isOver && records.length > 0) found.value = new Map([...found.peek(), ...records]);
    });
    return () => {
      isOver = true;
    };
  }, [key]);
  return found.value;
}
