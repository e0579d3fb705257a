import type { OwnerLease, Stores } from '../../stores/index.ts';
import type { Life } from './life.ts';
import type { FaultMode } from './plan.ts';

/** A call of a store that has not been answered yet. */
export interface StoreCall {
  readonly life: Life;
  /** `events.append`, `outputs.get` ... */
  readonly method: string;
  readonly args: readonly unknown[];
  readonly mode: FaultMode | undefined;
  /** Not before this instant does the world look at it. */
  readyMs: number;
  /** What it came to, once it is done. */
  answer: Answer | undefined;
  /** Does it. */
  proceed(): Promise<unknown>;
  tell(answer: Answer): void;
}

/** What a call came to. */
export type Answer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

/** The error of a fault that the world made. */
export class SimulatedFault extends Error {
  override readonly name = 'SimulatedFault';
}

type Method = (...args: unknown[]) => unknown;

const WRITES: ReadonlySet<string> = new Set([
  'events.append',
  'outputs.append',
  'checkpoints.save',
  'blobs.put',
]);
/** A process that cannot even open its stores, or ends, is another story. */
const SPARED: ReadonlySet<string> = new Set(['open', 'close']);

/**
 * The shared stores as one life of a process has them: each call is handed to `arrive`, and whether,
 * when and how it is answered is up to the world. A life that is over is answered nothing.
 */
export function storesOf(shared: Stores, life: Life, arrive: (call: StoreCall) => void): Stores {
  const call = (method: string, args: readonly unknown[], proceed: () => unknown) =>
    new Promise<unknown>((resolve, reject) => {
      if (!life.isAlive) return;
      arrive({
        life,
        method,
        args,
        mode: fateOf(life, method),
        readyMs: 0,
        answer: undefined,
        proceed: async () => proceed(),
        tell: (answer) => {
          if (!life.isAlive) return;
          if (answer.ok) resolve(answer.value);
          else reject(answer.error);
        },
      });
    });
  const part = <T extends object>(prefix: string, target: T): T =>
    new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        const act = (args: readonly unknown[]): unknown =>
          (value as Method).apply(target, [...args]);
        return (...args: readonly unknown[]) =>
          call(`${prefix}.${String(name)}`, args, () => act(args));
      },
    });
  const events = part('events', shared.events);
  const { put, read, size } = part('blobs', shared.blobs);
  const blobs = { put, read, size };
  return {
    events: Object.assign(Object.create(events) as typeof events, {
      watch: (onChange: (runIds: readonly string[]) => void) => {
        const unwatch = shared.events.watch(onChange);
        life.unwatch.push(unwatch);
        return unwatch;
      },
      enlist: async (ownerId: string) => {
        const lease = await events.enlist(ownerId);
        return hold(life, lease);
      },
    }),
    outputs: part('outputs', shared.outputs),
    checkpoints: part('checkpoints', shared.checkpoints),
    blobs: {
      ...blobs,
      // It asks the other stores while it is called.
      collect: (...args) => shared.blobs.collect(...args),
    },
    location: shared.location,
    open: () => call('open', [], () => shared.open()) as Promise<void>,
    close: () => call('close', [], () => shared.close()) as Promise<void>,
    forget: (ids) =>
      call('forget', [ids], () => shared.forget(ids)) as ReturnType<Stores['forget']>,
    compact: () => call('compact', [], () => shared.compact()) as Promise<void>,
    diagnose: () => shared.diagnose(),
  };
}

function hold(life: Life, lease: OwnerLease): OwnerLease {
  life.ownerId = lease.ownerId;
  life.lease = lease;
  return lease;
}

/** The next fault of the life that is for such a call, if its turn has come. */
function fateOf(life: Life, method: string): FaultMode | undefined {
  if (SPARED.has(method)) return undefined;
  const kind = WRITES.has(method) ? 'writes' : 'reads';
  const found = life.faults.find(({ fault: { calls } }) => calls === 'any' || calls === kind);
  if (found === undefined) return undefined;
  if (found.skip > 0) {
    found.skip -= 1;
    return undefined;
  }
  found.left -= 1;
  if (found.left <= 0) life.faults.splice(life.faults.indexOf(found), 1);
  return found.fault.mode;
}
