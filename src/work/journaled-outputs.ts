import type { RunEvent } from '../machines/index.ts';
import type { Desk } from './desk.ts';
import { outputEntryId } from './history.ts';
import type { OutputKeys } from './output-keys.ts';
import type { OutputPort } from './outputs.ts';

/**
 * What makes the outputs of an attempt those of the attempts before. Outside of steps they are part of
 * the order that the journal keeps; what a step gives out belongs to the step.
 */
export function remember(
  { journal, history, presence, record, durably }: Desk,
  keys: OutputKeys,
): Required<Pick<OutputPort, 'record' | 'key' | 'known' | 'durably'>> {
  const tell = (event: RunEvent, idempotencyKey?: string): Promise<number> =>
    presence.working(() => record(event, idempotencyKey));
  return {
    durably,
    known: (key) => history.outputs.get(key),
    key: async (recall, ...about) => {
      const isInStep = journal.scope.getStore() !== undefined;
      // Which one it is counts from the call on.
      const key = await keys.key(...about);
      // Before its turn: read after it, what is slow would let other branches get on out of order.
      await recall(key);
      if (!isInStep) await journal.take('output', outputEntryId(key));
      return key;
    },
    record: async (event, idempotencyKey) => {
      const within = journal.scope.getStore();
      const told = within === undefined ? event : { ...event, within };
      // What has a key of the caller's own is recognised by that, whatever the order is.
      if (within !== undefined || idempotencyKey !== undefined) return tell(told, idempotencyKey);
      const seq = await tell(event);
      const id = outputEntryId(String(event['key']));
      await journal.settle(id, { ok: true, value: String(event['outputId']) }, seq);
      return seq;
    },
  };
}
