import type { Stores } from '../stores/index.ts';
import { wrapStores } from './wrap-stores.ts';

/** What says when something goes on: `fc.scheduler` of fast-check has this shape. */
export interface Schedules {
  /** Resolves with what `task` does, in the order that the scheduler wants. */
  schedule<T>(task: Promise<T>, label?: string): Promise<T>;
}

/**
 * Stores whose effects and answers come in the order that a scheduler says: each call is scheduled before
 * it reaches the inner stores, and again before it answers. Only calls of `methods` are; by default those
 * by which events are written and read.
 */
export function scheduledStores(
  inner: Stores,
  scheduler: Schedules,
  methods: Pick<ReadonlySet<string>, 'has'> = new Set([
    'events.append',
    'events.get',
    'events.read',
    'events.findByKey',
  ]),
): Stores {
  return wrapStores(inner, async ({ method }, proceed) => {
    if (!methods.has(method)) return proceed();
    await scheduler.schedule(Promise.resolve(), `${method} reaches the store`);
    const answer = await proceed();
    await scheduler.schedule(Promise.resolve(), `${method} answers`);
    return answer;
  });
}
