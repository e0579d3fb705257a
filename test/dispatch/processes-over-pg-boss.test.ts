import { findPostgres, NO_POSTGRES } from '../support/postgres/server.ts';
import { describeProcesses } from './support/processes.ts';

const isThere = findPostgres() !== undefined;
if (!isThere) console.log(NO_POSTGRES);

describeProcesses('pg-boss', isThere);
