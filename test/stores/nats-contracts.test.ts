import { afterAll, inject } from 'vitest';
import { describeCases } from '../support/describe-cases.ts';
import { natsFixture } from '../support/nats/nats-fixture.ts';
import { startNatsCluster } from '../support/nats/nats-server.ts';

const { url, monitor } = inject('nats');

await describeCases('nats, one server', natsFixture({ servers: url, monitors: monitor }), {});

// Three servers on one machine take minutes for what one does in one.
if (process.env['RUNCHART_NATS_CLUSTER'] !== undefined) {
  const cluster = await startNatsCluster();
  afterAll(() => cluster.close());
  const options = { servers: cluster.urls, monitors: cluster.monitors, replicas: 3 } as const;
  await describeCases('nats, three servers', natsFixture(options), { quick: true });
}
