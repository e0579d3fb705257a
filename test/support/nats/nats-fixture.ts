import { basename } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { nats } from '../../../src/stores/nats/index.ts';
import type { NatsOptions } from '../../../src/stores/nats/index.ts';
import type { ConformanceFixture } from '../../../src/testing/index.ts';

/** Stores under the name of the place, on servers that are running. */
export function natsFixture(options: Omit<NatsOptions, 'name'>): ConformanceFixture {
  return {
    createStores: (place) => nats({ ...options, name: basename(place) }),
    release: (place) => dropStreams(options, basename(place)),
  };
}

/** Deletes all that stores of this name have on the servers. */
export async function dropStreams(
  { servers }: Pick<NatsOptions, 'servers'>,
  name: string,
): Promise<void> {
  const nc = await connect({ servers: [servers].flat() });
  try {
    const { streams } = await jetstreamManager(nc);
    for (const stream of [name, `${name}-blobs`, `KV_${name}-owners`]) {
      await streams.delete(stream).catch(() => false);
    }
  } finally {
    await nc.close();
  }
}
