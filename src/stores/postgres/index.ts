/**
 * Stores in Postgres, for a team: many processes on many machines over one database.
 * @module
 */
export { postgres } from './postgres.ts';
export type { PostgresOptions } from './options.ts';
export type { PgClient, PgNotification, PgPool, PgQuery, PgResult, PgTypes } from './driver.ts';
