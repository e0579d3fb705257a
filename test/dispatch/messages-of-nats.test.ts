import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { natsWorkQueue } from '../../src/dispatch/nats/index.ts';
import type { Host } from '../../src/index.ts';
import { findNatsServer } from '../support/nats/find-nats-server.ts';
import { startNatsServer } from '../support/nats/nats-server.ts';

/** Somebody who drives what is queued, and somebody else who looks at the queue and says things to it. */
async function driving(host: Host) {
  const server = await startNatsServer();
  const dispatch = natsWorkQueue({ servers: server.url, concurrency: 5, ackWaitMs: 2_000 });
  const faults: unknown[] = [];
  await dispatch.open?.({ onError: (error) => faults.push(error) });
  let looks = 0;
  const service = dispatch.serve((...of) => {
    looks += 1;
    return host(...of);
  });
  const connection = await connect({ servers: server.url });
  const manager = await jetstreamManager(connection);
  const consumer = () => manager.consumers.info('runchart-work', 'workers');
  return {
    submit: () => dispatch.submit({ runId: 'a', sessionId: 'a', priority: 0 }),
    looks: () => looks,
    faults,
    consumer,
    /** Those that nobody has acknowledged. */
    open: async () => {
      const { num_ack_pending, num_pending } = await consumer();
      return num_ack_pending + num_pending;
    },
    say: (subject: string, what: string) => connection.publish(subject, what),
    [Symbol.asyncDispose]: async () => {
      await service.stop('the test is over');
      await dispatch.close?.();
      await connection.close();
      await server.close();
    },
  };
}

describe.runIf(findNatsServer() !== undefined)('a message of NATS', () => {
  it('that somebody else gives back while its run is driven here stays with the run until that is over', async () => {
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    await using queue = await driving(async (_, signal) => {
      signal.addEventListener('abort', () => end());
      await over;
      return 'terminal';
    });
    queue.submit();
    await expect.poll(queue.looks).toBe(1);
    // As one says it who woke up late: the first message, delivered once.
    queue.say('$JS.ACK.runchart-work.workers.1.1.1.0.0', '-NAK');
    await expect.poll(async () => (await queue.consumer()).delivered.consumer_seq).toBe(2);
    await sleep(200);
    expect(await queue.open()).toBe(1);
    end();
    await expect.poll(queue.open).toBe(0);
    expect(queue.looks()).toBe(1);
    expect(queue.faults).toEqual([]);
  });

  it('whose run nobody here can drive is ended by nobody', async () => {
    await using queue = await driving(async () => 'fenced');
    queue.submit();
    await expect.poll(queue.looks).toBe(4);
    await sleep(200);
    expect(await queue.open()).toBe(1);
    expect(queue.faults).toEqual([]);
  });
});
