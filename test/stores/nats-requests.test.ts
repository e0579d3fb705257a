import { connect, type NatsConnection } from '@nats-io/transport-node';
import { expect, inject, it, onTestFinished } from 'vitest';
import { Requests } from '../../src/stores/nats/requests.ts';
import { Unanswered } from '../../src/stores/nats/store-error.ts';

const { url } = inject('nats');

/** Requests that wait for so long, and whoever answers them, over another connection. */
async function opened(limitMs: number): Promise<{ requests: Requests; other: NatsConnection }> {
  const [nc, other] = await Promise.all([connect({ servers: url }), connect({ servers: url })]);
  const requests = new Requests(nc, limitMs);
  onTestFinished(async () => {
    requests.close();
    await Promise.all([nc.close(), other.close()]);
  });
  return { requests, other };
}

/** As if this process were stopped. */
function freeze(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

it('a request that nobody answers is given up in time', async () => {
  const { requests, other } = await opened(600);
  const subject = `silent.${process.pid}`;
  other.subscribe(subject, { callback: () => {} });
  await other.flush();
  const askedAtMs = performance.now();
  await expect(requests.ask(subject)).rejects.toThrow(Unanswered);
  expect(performance.now() - askedAtMs).toBeGreaterThan(500);
});

it('an answer that came while the process was stopped is taken', async () => {
  const { requests } = await opened(600);
  // The server answers by itself.
  const answer = requests.askJson<{ type: string }>('$JS.API.INFO', {});
  await new Promise(setImmediate);
  freeze(1_500);
  expect(await answer).toMatchObject({ type: 'io.nats.jetstream.api.v1.account_info_response' });
});
