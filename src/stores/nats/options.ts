import type { NodeConnectionOptions } from '@nats-io/transport-node';

export interface NatsOptions extends Omit<
  NodeConnectionOptions,
  'servers' | 'name' | 'reconnect' | 'maxReconnectAttempts' | 'noEcho'
> {
  /** One or several, as `nats://host:4222`. */
  readonly servers: string | readonly string[];
  /** What the streams and subjects of these stores begin with: letters, digits, `-` and `_`. Default `runchart`. */
  readonly name?: string;
  /** On how many servers everything is kept. Default 1; 3 outlives the loss of any one server. */
  readonly replicas?: 1 | 3;
  /**
   * For how long an owner that is not heard of counts as alive, in milliseconds. Default 6,000; at least 500.
   */
  readonly leaseMs?: number;
  /**
   * Runs that are created get a chain of hashes over their events, by which `verify` finds what was changed in
   * the stream. Default false. A run keeps what it was created with, whoever writes to it.
   */
  readonly chain?: boolean;
  /**
   * Where servers tell about themselves over HTTP, as `http://host:8222`. They are asked whether they write to
   * disk before they acknowledge (`sync_interval: always`), which no client can find out otherwise.
   */
  readonly monitors?: string | readonly string[];
  /**
   * Says that the servers run with `sync_interval: always`, where they cannot be asked. Otherwise the stores warn
   * when they are opened: a server that writes to disk later loses whole streams in a power cut.
   */
  readonly syncAlways?: boolean;
  /** How long a write is tried again while no server answers, in milliseconds; default 20,000. */
  readonly busyLimitMs?: number;
}

export interface NatsSettings {
  readonly name: string;
  readonly replicas: 1 | 3;
  readonly leaseMs: number;
  readonly chain: boolean;
  readonly monitors: readonly string[];
  readonly syncAlways: boolean;
  readonly busyLimitMs: number;
  readonly connection: NodeConnectionOptions;
  readonly location: string;
}

const LEAST_LEASE_MS = 500;

export function resolveOptions(given: string | readonly string[] | NatsOptions): NatsSettings {
  const options: NatsOptions =
    typeof given === 'string' || isList(given) ? { servers: given } : given;
  const { servers, name, replicas, leaseMs, chain, monitors, syncAlways, busyLimitMs, ...rest } = {
    name: 'runchart',
    replicas: 1 as const,
    leaseMs: 6_000,
    ...options,
  };
  const urls = (typeof servers === 'string' ? servers.split(',') : servers).filter(Boolean);
  if (urls.length === 0) throw new TypeError('Expected the address of a NATS server, got none.');
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(name)) {
    throw new TypeError(`Expected a name of letters, digits, - and _, got "${name}".`);
  }
  if (!Number.isSafeInteger(leaseMs) || leaseMs < LEAST_LEASE_MS) {
    throw new TypeError(`Expected leaseMs of ${LEAST_LEASE_MS} or more, got ${leaseMs}.`);
  }
  const connection: NodeConnectionOptions = {
    // A server that hangs is left for another one within seconds.
    pingInterval: 2_000,
    maxPingOut: 2,
    reconnectTimeWait: 100,
    ...rest,
    servers: [...urls],
    name: `runchart ${name}`,
    reconnect: true,
    maxReconnectAttempts: -1,
  };
  return {
    name,
    replicas,
    leaseMs,
    chain: chain ?? false,
    monitors: typeof monitors === 'string' ? [monitors] : (monitors ?? []),
    syncAlways: syncAlways ?? false,
    busyLimitMs: busyLimitMs ?? 20_000,
    connection,
    location: `${urls.map(withoutSecrets).join(',')}/${name}`,
  };
}

function isList(given: readonly string[] | NatsOptions): given is readonly string[] {
  return Array.isArray(given);
}

/** An address that may be shown: without what comes before the host. */
function withoutSecrets(url: string): string {
  const plain = url.replace(/^[a-z+]+:\/\//i, '').replace(/^.*@/, '');
  return `nats://${plain}`;
}
