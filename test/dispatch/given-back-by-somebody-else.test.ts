import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { natsWorkQueue } from '../../src/dispatch/nats/index.ts';
import { findNatsServer } from '../support/nats/find-nats-server.ts';
import { startNatsServer } from '../support/nats/nats-server.ts';

describe.runIf(findNatsServer() !== undefined)('a message of NATS', () => {
  it('that somebody else gives back while its run is driven here stays with the run until that is over', async () => {
    await using server = await startNatsServer();
    const dispatch = natsWorkQueue({ servers: server.url, concurrency: 5, ackWaitMs: 2_000 });
    const faults: unknown[] = [];
    await dispatch.open?.({ onError: (error) => faults.push(error) });
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    let looks = 0;
    const service = dispatch.serve(async () => {
      looks += 1;
      await over;
      return 'terminal';
    });
    const connection = await connect({ servers: server.url });
    const manager = await jetstreamManager(connection);
    const consumer = () => manager.consumers.info('runchart-work', 'workers');
    try {
      dispatch.submit({ runId: 'a', sessionId: 'a', priority: 0 });
      await expect.poll(() => looks).toBe(1);
      // As one says it who woke up late: the first message, delivered once.
      connection.publish('$JS.ACK.runchart-work.workers.1.1.1.0.0', '-NAK');
      await expect.poll(async () => (await consumer()).delivered.consumer_seq).toBe(2);
      await sleep(200);
      const { num_ack_pending, num_pending } = await consumer();
      expect(num_ack_pending + num_pending).toBe(1);
      end();
      await expect.poll(async () => (await consumer()).num_ack_pending).toBe(0);
      expect(looks).toBe(1);
      expect(faults).toEqual([]);
    } finally {
      end();
      await service.stop('the test is over');
      await dispatch.close?.();
      await connection.close();
    }
  });
});
