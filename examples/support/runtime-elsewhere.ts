import { createRuntime, type Runtime } from 'runchart';
import { createClient } from 'runchart/client';
import { sqlite } from 'runchart/sqlite';

/**
 * A runtime without definitions, for a program that only looks and commands: that of the server in
 * RUNCHART_SERVER, such as `runchart serve --store DATABASE`, or else one over the same database.
 */
export async function runtimeElsewhere(database: string): Promise<Runtime> {
  const server = process.env['RUNCHART_SERVER'];
  if (server !== undefined) return createClient(server);
  return createRuntime({ stores: sqlite(database) });
}
