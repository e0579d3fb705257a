import { createLanes } from '../../../src/actors/index.ts';
import { natsWorkQueue } from '../../../src/dispatch/nats/index.ts';
import { pgBoss } from '../../../src/dispatch/pg-boss/index.ts';
import type { Dispatch } from '../../../src/index.ts';
import { findNatsServer, NO_NATS } from '../../support/nats/find-nats-server.ts';
import { startNatsServer } from '../../support/nats/nats-server.ts';
import { findPostgres, NO_POSTGRES, startPostgres } from '../../support/postgres/server.ts';

/** Somewhere that runs are queued: every name is a queue of its own. */
export interface Place extends AsyncDisposable {
  readonly dispatch: (name: string, concurrency: number) => Dispatch;
  /** One more, with a server of its own. */
  readonly another: () => Promise<Place>;
  /** Ends its server. */
  readonly kill: () => Promise<void>;
}

export interface Kind {
  readonly name: string;
  readonly isShared: boolean;
  readonly open: () => Promise<Place>;
}

const LANES: Kind = {
  name: 'lanes in this process',
  isShared: false,
  open: async () => ({
    dispatch: (_, concurrency) => createLanes(concurrency),
    another: () => LANES.open(),
    kill: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }),
};

const PG_BOSS: Kind = {
  name: 'pg-boss',
  isShared: true,
  open: async () => {
    const server = await startPostgres();
    return {
      dispatch: (name, concurrency) =>
        pgBoss({ url: server.url, name, concurrency, connections: 2 }),
      another: () => PG_BOSS.open(),
      kill: () => server.kill(),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};

const NATS: Kind = {
  name: 'a work queue of NATS',
  isShared: true,
  open: async () => {
    const server = await startNatsServer();
    return {
      dispatch: (name, concurrency) =>
        natsWorkQueue({ servers: server.url, name, concurrency, ackWaitMs: 2_000 }),
      another: () => NATS.open(),
      kill: () => server.kill(),
      [Symbol.asyncDispose]: () => server.close(),
    };
  },
};

function whereThereIs(kind: Kind, isThere: boolean, missing: string): readonly Kind[] {
  if (isThere) return [kind];
  console.log(missing);
  return [];
}

/** What can be tried on this machine. */
export const KINDS: readonly Kind[] = [
  LANES,
  ...whereThereIs(PG_BOSS, findPostgres() !== undefined, NO_POSTGRES),
  ...whereThereIs(NATS, findNatsServer() !== undefined, NO_NATS),
];
