import { findNatsServer, NO_NATS } from '../support/nats/find-nats-server.ts';
import { describeProcesses } from './support/processes.ts';

const isThere = findNatsServer() !== undefined;
if (!isThere) console.log(NO_NATS);

describeProcesses('nats', isThere);
