/**
 * Dispatch over pg-boss: runs are shared by processes that have a Postgres in common. Needs the package `pg-boss`.
 * @module
 */
export { pgBoss, type PgBossOptions, type QueryPool } from './pg-boss.ts';
export type { Boss } from './boss-queue.ts';
