import { inject } from 'vitest';
import { describeCases } from '../support/describe-cases.ts';
import { natsFixture } from '../support/nats/nats-fixture.ts';

const { url, monitor } = inject('nats');

await describeCases('nats, one server', natsFixture({ servers: url, monitors: monitor }), {});
