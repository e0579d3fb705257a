import { DiscardPolicy, jetstreamManager, JetStreamApiError } from '@nats-io/jetstream';
import { RetentionPolicy, StorageType } from '@nats-io/jetstream';
import type { StreamConfig } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { setTimeout as sleep } from 'node:timers/promises';
import { RunchartError } from '../../errors.ts';
import type { NatsSettings } from './options.ts';
import { subjectsOf } from './subjects.ts';

/** Older servers lack what the rules of the stores are made of, or have faults that break them. */
const LEAST_VERSION = [2, 15] as const;
/** How the messages in the stream are made. */
const FORMAT = '1';
const FORMAT_KEY = 'runchart.format';

const STREAM_NOT_FOUND = 10059;
const IN_USE = 10058;
const PAUSE_MS = 100;

export function checkVersion({ info }: NatsConnection, location: string): void {
  const version = info?.version ?? '0.0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor, leastMinor] = LEAST_VERSION;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return;
  throw new RunchartError(
    'STORE_UNSUPPORTED',
    `The server at ${location} is nats-server ${version}; runchart needs ${LEAST_VERSION.join('.')} or later.`,
  );
}

/** What the stores need of one of their streams. */
type Needs = Partial<StreamConfig> & { readonly name: string };

/** Creates the streams, or checks those that are there. Several processes may do so at once. */
export async function ensureStreams(nc: NatsConnection, settings: NatsSettings): Promise<void> {
  const manager = await untilReady(settings.busyLimitMs, () => jetstreamManager(nc));
  for (const needs of [runsOf(settings), contentsOf(settings)]) {
    const { config } = await untilReady(settings.busyLimitMs, async () => {
      try {
        return await manager.streams.info(needs.name);
      } catch (error) {
        if (!hasCode(error, STREAM_NOT_FOUND)) throw error;
      }
      try {
        return await manager.streams.add(needs);
      } catch (error) {
        if (!hasCode(error, IN_USE)) throw error;
        // Another process was first, with other settings.
        return manager.streams.info(needs.name);
      }
    });
    checkConfig(config, needs);
  }
}

function common({ replicas }: NatsSettings): Partial<StreamConfig> {
  return {
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    num_replicas: replicas,
    allow_direct: true,
    metadata: { [FORMAT_KEY]: FORMAT },
  };
}

function runsOf(settings: NatsSettings): Needs {
  const { all, live } = subjectsOf(settings.name);
  return {
    ...common(settings),
    name: settings.name,
    description: 'Runs, their outputs and checkpoints. Written by runchart alone.',
    subjects: [all],
    allow_atomic: true,
    republish: { src: all, dest: live, headers_only: true },
  };
}

function contentsOf(settings: NatsSettings): Needs {
  const name = contentsName(settings.name);
  return {
    ...common(settings),
    name,
    description: 'Contents too big for a record. Written by runchart alone.',
    subjects: [`${name}.>`],
  };
}

/** The stream of contents that belongs to stores of this name. */
export function contentsName(name: string): string {
  return `${name}-blobs`;
}

function checkConfig(config: StreamConfig, needs: Needs): void {
  const { name } = needs;
  const format = config.metadata?.[FORMAT_KEY];
  if (format !== FORMAT) {
    throw new RunchartError(
      'STORE_VERSION',
      format === undefined
        ? `The stream ${name} was not made by runchart; use another name.`
        : `The stream ${name} has format ${format}, and this version of runchart knows ${FORMAT}.`,
    );
  }
  const { max_age, max_msgs, max_bytes, max_msgs_per_subject, retention, discard } = config;
  const isForgetting =
    max_age > 0 ||
    max_msgs_per_subject > 0 ||
    ((max_msgs > 0 || max_bytes > 0) && discard !== DiscardPolicy.New);
  const isOurs =
    config.allow_direct &&
    (config.allow_atomic ?? false) === (needs.allow_atomic ?? false) &&
    config.republish?.dest === needs.republish?.dest &&
    retention === RetentionPolicy.Limits;
  if (isOurs && !isForgetting) return;
  throw new RunchartError(
    'STORE_UNSUPPORTED',
    `The settings of the stream ${name} were changed: it needs allow_direct, allow_atomic and republish as runchart sets them, and no limit that deletes messages.`,
  );
}

/** Servers that have just started, or lost their leader, take a moment. */
export async function untilReady<T>(limitMs: number, act: () => Promise<T>): Promise<T> {
  for (const endMs = performance.now() + limitMs; ;) {
    try {
      return await act();
    } catch (error) {
      if (error instanceof JetStreamApiError && error.status !== 503) throw error;
      if (performance.now() > endMs) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

function hasCode(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}
