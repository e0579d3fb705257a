import type { NatsSettings } from './options.ts';

/**
 * When servers write to disk: `always` before they acknowledge, `later` some time after, `unknown` where nobody can
 * be asked. A client is not told: neither the greeting of a server, nor the account's or the stream's information
 * has it; only the system account and the monitoring port do.
 */
export type SyncPolicy = 'always' | 'later' | 'unknown';

const LIMIT_MS = 3_000;

interface Varz {
  readonly jetstream?: { readonly config?: { readonly sync_always?: boolean } };
}

export async function syncPolicyOf({ monitors, syncAlways }: NatsSettings): Promise<SyncPolicy> {
  const found = await Promise.all(monitors.map(ask));
  if (found.includes('later')) return 'later';
  if (syncAlways) return 'always';
  return found.length > 0 && !found.includes('unknown') ? 'always' : 'unknown';
}

async function ask(monitor: string): Promise<SyncPolicy> {
  try {
    const signal = AbortSignal.timeout(LIMIT_MS);
    const answer = await fetch(new URL('/varz', monitor), { signal });
    const { jetstream } = (await answer.json()) as Varz;
    if (jetstream?.config === undefined) return 'unknown';
    return jetstream.config.sync_always === true ? 'always' : 'later';
  } catch {
    return 'unknown';
  }
}

/** What is wrong with that, for people; undefined when nothing is. */
export function syncProblem(sync: SyncPolicy): string | undefined {
  if (sync === 'always') return undefined;
  const what =
    sync === 'later'
      ? 'A server of these stores acknowledges what it has not written to disk'
      : 'It is not known whether the servers write to disk before they acknowledge';
  return (
    `${what}: a power cut may then take whole streams. Set "sync_interval: always" in the jetstream section of each ` +
    'server; pass `monitors` so that the stores can look, or `syncAlways: true` to say that it is so.'
  );
}
