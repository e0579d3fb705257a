import type { Json } from '../json.ts';
import type { Desk } from './desk.ts';

/** What says that the work is alive: anything that is recorded, and heartbeats where nothing else is. */
export interface Voice extends Pick<Desk, 'record' | 'tell'> {
  heartbeat(note?: Json): Promise<void>;
}

/** The least time between two heartbeats in the log, in milliseconds. */
const HEARTBEAT_MS = 10_000;

export function createVoice({
  clock,
  presence,
  ...given
}: Pick<Desk, 'clock' | 'presence' | 'record' | 'tell'>): Voice {
  let lastWordMs = clock.now();
  const record: Desk['record'] = (event, key) => {
    lastWordMs = clock.now();
    return given.record(event, key);
  };
  const tell: Desk['tell'] = (event) => {
    lastWordMs = clock.now();
    return given.tell(event);
  };
  return {
    record,
    tell,
    heartbeat: async (note) => {
      if (clock.now() - lastWordMs < HEARTBEAT_MS) return;
      const event = { type: 'heartbeat', ...(note !== undefined && { note }) };
      await presence.working(() => tell(event));
    },
  };
}
