import type { TestProject } from 'vitest/node';
import { type PostgresKind, startPostgres } from './server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the tests over Postgres find a server. */
    readonly postgresUrl: string;
  }
}

/**
 * One server for all tests: RUNCHART_POSTGRES_URL, or one that is started here and goes with them, of the kind
 * RUNCHART_POSTGRES (`system` or `embedded`).
 */
export async function setup({ provide }: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env['RUNCHART_POSTGRES_URL'];
  if (given !== undefined) {
    provide('postgresUrl', given);
    return undefined;
  }
  const kind = process.env['RUNCHART_POSTGRES'] as PostgresKind | undefined;
  const server = await startPostgres(kind === undefined ? {} : { kind });
  provide('postgresUrl', server.url);
  return async () => server[Symbol.asyncDispose]();
}
