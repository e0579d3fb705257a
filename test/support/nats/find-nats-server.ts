import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** For people, where there is no server. */
export const NO_NATS =
  'There is no nats-server of 2.15 or later here, so nothing was tried on NATS: scripts/install-nats.sh installs one, or $RUNCHART_NATS_SERVER names one.';

/** The path of a server that the stores can use, on this machine; undefined when there is none. */
export function findNatsServer(): string | undefined {
  const named = process.env['RUNCHART_NATS_SERVER'];
  if (named !== undefined) return isNewEnough(named) ? named : undefined;
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return [...folders, join(cache, 'runchart')]
    .map((folder) => join(folder, 'nats-server'))
    .find(isNewEnough);
}

function isNewEnough(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    const said = execFileSync(path, ['--version'], { encoding: 'utf8', timeout: 5_000 });
    const [, major = '0', minor = '0'] = /v(\d+)\.(\d+)/.exec(said) ?? [];
    return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 15);
  } catch {
    return false;
  }
}
