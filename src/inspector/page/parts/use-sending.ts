import { useState } from 'preact/hooks';

/** Something that is sent to the server when a person says so. */
export interface Sending {
  readonly isSending: boolean;
  /** Why it was not taken the last time; undefined: it was, or it was not tried yet. */
  readonly error: unknown;
  /** Does the work, and keeps what went wrong. MUST NOT reject. */
  send(work: () => Promise<void>): Promise<void>;
}

export function useSending(): Sending {
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState<unknown>();
  const send = async (work: () => Promise<void>): Promise<void> => {
    setSending(true);
    setError(undefined);
    try {
      await work();
    } catch (failure) {
      setError(failure);
    }
    setSending(false);
  };
  return { isSending, error, send };
}
