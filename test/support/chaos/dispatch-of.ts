import { natsWorkQueue } from '../../../src/dispatch/nats/index.ts';
import { pgBoss } from '../../../src/dispatch/pg-boss/index.ts';
import type { Dispatch } from '../../../src/index.ts';
import type { Part } from './part.ts';

/**
 * The dispatch that was asked for, over the server of the stores: `pg-boss`, or `nats`. undefined for `store`: that
 * of the runtime itself.
 */
export function dispatchOf({
  dispatch,
  store,
  capacity,
}: Pick<Part, 'dispatch' | 'store' | 'capacity'>): Dispatch | undefined {
  if (dispatch === 'store') return undefined;
  if (dispatch === 'pg-boss') return pgBoss({ url: store, concurrency: capacity });
  if (dispatch !== 'nats') {
    throw new TypeError(`Expected store, pg-boss or nats as the dispatch, got ${dispatch}`);
  }
  const [servers = '', query = ''] = store.split('?');
  const replicas = query === 'replicas=3' ? 3 : 1;
  return natsWorkQueue({ servers: servers.split(','), concurrency: capacity, replicas });
}
