import type { Stores } from '../stores/index.ts';
import { wrapStores } from './wrap-stores.ts';

/** What `fc.scheduler` is to a wrapper. */
export interface Schedules {
  schedule<T>(task: Promise<T>, label?: string): Promise<T>;
}

/** Stores whose answers and whose effects come in the order that a scheduler says. */
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
